/** A path template (OpenAPI 3.1, 4.8.8) taken apart as far as the document's own rules go. */
export interface PathTemplate {
  /** Names of the expressions in order. */
  readonly names: readonly string[];
  /** The template with every expression emptied: two templates of one shape match the same requests. */
  readonly shape: string;
}

/** Null where braces do not pair or an expression has no name. */
export function parsePathTemplate(path: string): PathTemplate | null {
  const names: string[] = [];
  const shape = path.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    names.push(name);
    return '\u0000';
  });
  if (/[{}]/.test(shape) || names.includes('')) return null;
  return { names, shape };
}
