/**
 * The same text, which keeps no larger one alive: a header's value is a piece of the whole head, and whoever remembers it would remember the credentials beside it.
 * For texts that are remembered but for a while; `interned` is for those that stay.
 */
export function detached(text: string): string {
  // The two are joined anew, and the piece is one of those few characters.
  return ` ${text}`.slice(1);
}
