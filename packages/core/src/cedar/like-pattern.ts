/** A piece of a `like` pattern: any text, or this one. */
export type PatternElement = 'Wildcard' | { readonly Literal: string };

/** Compiles a `like` pattern. Linear in the text: each piece between wildcards is looked for once, as far left as it can stand. */
export function compileLike(elements: readonly PatternElement[]): (text: string) => boolean {
  const pieces = [''];
  for (const element of elements) {
    if (element === 'Wildcard') pieces.push('');
    else pieces[pieces.length - 1] += element.Literal;
  }
  const first = pieces[0] as string;
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces[pieces.length - 1] as string;
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
