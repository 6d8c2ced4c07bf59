/**
 * The engine's one copy of a text, for names that are looked up with every request. Two of these are compared by their address; a piece of a larger
 * text, as `split` and `slice` give, is compared character by character outside compiled code, and keeps the larger text alive.
 */
export function interned(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string;
}
