const STRUCTURE = /^\s*[{["]/;

export function mayBeJson(text: string): boolean {
  return STRUCTURE.test(text);
}
