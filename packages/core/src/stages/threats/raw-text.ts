import { isFreeUri, visitInnerUris } from './inner-uris.ts';
import { type Held, mayBeJson, visitJsonValues } from './json-values.ts';
import type { TextPlace } from './text-place.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';

const encoder = new TextEncoder();

/**
 * Gives a text that may stand for more than one value, as it came and by what is written in it: JSON, and URIs between delimiters. A quote that
 * closes a literal in JSON closes nothing in the text around it, so neither look stands for the other. `places` are what it may be, one or more.
 */
export function visitRawText(
  text: string,
  places: readonly TextPlace[],
  held: Held,
  location: TextLocation,
  visit: TextVisitor,
): void {
  visit(text, held.hasUris && places.some((place) => isFreeUri(place, held.enforced)), location);
  const { in: where, name, tokens } = location;
  const within: TextLocation = { in: where, name, tokens };
  if (mayBeJson(text)) {
    const bytes = encoder.encode(text);
    for (const place of places)
      if (!held.enforced || !place.isScalar) visitJsonValues(bytes, place, held, within, visit);
  }
  if (!held.hasUris) return;
  for (const place of places) visitInnerUris(text, place, held.enforced, (uri) => visit(uri, true, within));
}
