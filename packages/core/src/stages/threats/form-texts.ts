import { plusAsSpace } from '../validation/plus-as-space.ts';
import { decodePercents } from './decode-layers.ts';
import { bracketedNames, followBrackets } from './follow-brackets.ts';
import type { Held } from './json-values.ts';
import { type Listing, visitListed } from './listed-texts.ts';
import { visitRawText } from './raw-text.ts';
import type { TextPlace } from './text-place.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';
import { visitFieldName } from './visit-name.ts';

/** As much of a name as a record is to hold, and as many of those between brackets. */
const MAX_NAME = 64;
const MAX_NAMES = 64;

/**
 * Gives the names and values of a form, be it a body or a whole query. `locate` says where a field stands, by its name and those between
 * brackets; an empty list is the form itself.
 */
export function visitForm(
  form: string,
  root: TextPlace,
  held: Held,
  listings: ReadonlyMap<string, Listing>,
  locate: (path: readonly string[]) => Pick<TextLocation, 'in' | 'name' | 'tokens'>,
  visit: TextVisitor,
): void {
  for (const pair of form.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
    const path = bracketedNames(name, MAX_NAMES);
    const [owner] = path;
    const place = followBrackets(root.member(owner), name);
    if (!place.declared) visitFieldName(name, locate([]), visit);
    if (equals < 0) continue;
    // With brackets, it may as well be a field by that name, which nobody declares.
    const free = (): boolean => !held.enforced || owner !== name || place.whole() === null;
    const location = { ...locate(path.map((part) => part.slice(0, MAX_NAME))), free };
    // `urls[]` may be the whole name of a field.
    const places = owner === name ? [place] : [place, root.member(name)];
    const text = decodeForm(pair.slice(equals + 1));
    visitRawText(text, places, held, location, visit);
    const listing = listings.get(name);
    if (listing !== undefined) visitListed(text, listing, place, held.enforced, location, visit);
  }
}

export function decodeForm(text: string): string {
  return decodePercents(plusAsSpace(text));
}
