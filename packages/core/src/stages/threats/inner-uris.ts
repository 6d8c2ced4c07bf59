import { visitJsonTexts } from './json-texts.ts';
import { BACKSLASH, COLON, SLASH } from './survey.ts';
import type { TextPlace } from './text-place.ts';

/** What may be a URI in a text that no detector would stop at by itself. */
export const LIKE_URI = /^\s{0,8}(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2})/i;
/** Nothing in a text without it can be a URI that leads anywhere, also where JSON escapes it. */
const POSSIBLE = /[:\\]|\/\//;
/** What stands between items or members, in whatever style; the point only before a member with its name. */
const DELIMITER = /[,;|\s]|\.(?=[\w-]{1,64}=)/;
const encoder = new TextEncoder();

/**
 * Whether the schema declares a URI for a text that stands for the value, or for one of its items, and leaves it free: `enforced` says whether
 * what it confines is held to it.
 */
export function isFreeUri(place: TextPlace, enforced: boolean): boolean {
  return (place.uri || place.anyItem.uri) && (!enforced || place.whole() === null);
}

/**
 * Gives the free URIs within a raw text that stands for more than one value, where the schema declares them: in JSON, in lists, and in names and
 * values with delimiters between them. Whatever way it is read, as all of them are tried; the text as a whole is not given. Linear in its length.
 */
export function visitInnerUris(text: string, place: TextPlace, enforced: boolean, visit: (uri: string) => void): void {
  if (!POSSIBLE.test(text)) return;
  const isUri = (one: TextPlace): boolean => one.uri && (!enforced || one.confined === null);
  if (/^\s*[{["]/.test(text)) visitJsonUris(text, place, isUri, visit);
  visitDelimited(text, place, isUri, visit);
}

type Judge = (place: TextPlace) => boolean;

function visitJsonUris(text: string, root: TextPlace, isUri: Judge, visit: (uri: string) => void): void {
  visitJsonTexts(
    encoder.encode(text),
    {
      wants: (bits) => (bits & (COLON | SLASH | BACKSLASH)) !== 0,
      wantsName: () => false,
      value: (one, _tokens, place) => {
        if (LIKE_URI.test(one) && isUri(place())) visit(one);
      },
      name: () => {},
    },
    root,
  );
}

function visitDelimited(text: string, place: TextPlace, isUri: Judge, visit: (uri: string) => void): void {
  // Label and matrix have a sign of theirs before everything.
  const led = /^[.;]/.test(text);
  const isItem = isUri(place.anyItem) || (led && isUri(place));
  let before: string | null = null;
  for (const piece of (led ? text.slice(1) : text).split(DELIMITER)) {
    const equals = piece.indexOf('=');
    const value = piece.slice(equals + 1);
    if (LIKE_URI.test(piece)) {
      const isFirst = before === null && !led;
      // In `;point=home,http://…` the first name has the parameter's before it.
      const names = before === null ? [] : [before, before.slice(before.indexOf('=') + 1)];
      if ((isItem && !isFirst) || names.some((name) => isUri(place.member(name)))) visit(piece);
    } else if (equals > 0 && LIKE_URI.test(value) && (isItem || isUri(place.member(piece.slice(0, equals)))))
      visit(value);
    before = piece;
  }
}
