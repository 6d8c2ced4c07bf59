import type { TextPlace } from './text-place.ts';

const PLAIN_URI = /^\s{0,8}(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2})/i;
/**
 * What may be a URI in a text that no detector would stop at by itself: one as it is written, or what could hide its beginning from whoever does
 * not decode it (`http%3A//…`, `http&#58;//…`, a tab within the scheme, letters of full width).
 */
export const LIKE_URI = /^(?:[\s\0-\x20]*(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2})|[\s\S]{0,24}[%&\\\0-\x1f\x7f-\uffff])/i;
/** Nothing in a text without it can be a URI that leads anywhere. */
const POSSIBLE = /[:\\%&\u007f-\uffff]|\/\//;
/** What stands between items or members, one for each style; the point only before a member with its name. */
const DELIMITERS = [',', ';', '|', ' ', '\t', /\.(?=[\w-]{1,64}=)/] as const;

/**
 * Whether the schema declares a URI for a text that stands for the value, or for one of its items, and leaves it free: `enforced` says whether
 * what it confines is held to it.
 */
export function isFreeUri(place: TextPlace, enforced: boolean): boolean {
  return (place.isUri(enforced) || place.anyItem.isUri(enforced)) && (!enforced || place.whole() === null);
}

/**
 * Gives the free URIs within a raw text that stands for more than one value, where the schema declares them: in lists, and in names and values
 * with delimiters between them. It is divided in each way by itself, as `;` is a delimiter in one style and in another a part of the URI
 * (`http://a;@10.0.0.1`). The text as a whole is not given. Linear in its length.
 */
export function visitInnerUris(text: string, place: TextPlace, enforced: boolean, visit: (uri: string) => void): void {
  // Label and matrix have a sign of theirs before everything.
  const led = /^[.;]/.test(text);
  if ((enforced && !led && place.isScalar) || !POSSIBLE.test(text)) return;
  const isUri = (one: TextPlace): boolean => one.isUri(enforced) && (!enforced || one.confined === null);
  const list = led ? text.slice(1) : text;
  const isItem = isUri(place.anyItem) || (led && isUri(place));
  visitPieces([list], place, isItem && led, isUri, visit);
  for (const delimiter of DELIMITERS) {
    const pieces = list.split(delimiter);
    if (pieces.length > 1) visitPieces(pieces, place, isItem, isUri, visit);
  }
}

function visitPieces(
  pieces: readonly string[],
  place: TextPlace,
  isItem: boolean,
  isUri: (place: TextPlace) => boolean,
  visit: (uri: string) => void,
): void {
  let before: string | null = null;
  for (const written of pieces) {
    // White space around a delimiter does not count in headers.
    const piece = written.trim();
    if (LIKE_URI.test(piece)) {
      // In `;point=home,http://…` the first name has the parameter's before it.
      const names = before === null ? [] : [before, before.slice(before.indexOf('=') + 1)];
      if (isItem || names.some((name) => isUri(place.member(name)))) visit(piece);
    }
    const equals = piece.indexOf('=');
    if (equals > 0 && LIKE_URI.test(piece.slice(equals + 1))) {
      const member = place.member(piece.slice(0, equals).trim());
      // What stands behind `=` in a URI is not the value of a member, unless one has such a name (`dc:source`).
      const isPlain = PLAIN_URI.test(piece);
      if ((isItem && !isPlain) || ((member.declared || !isPlain) && isUri(member))) visit(piece.slice(equals + 1));
    }
    before = piece;
  }
}
