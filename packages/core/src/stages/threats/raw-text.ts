import { isFreeUri, visitInnerUris } from './inner-uris.ts';
import { type Held, visitContent, visitJsonValues } from './json-values.ts';
import { mayBeJson } from './may-be-json.ts';
import { contentOf, isFiled } from './text-content.ts';
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
  const uri = held.hasUris && places.some((place) => isFreeUri(place, held.enforced));
  const { in: where, name, tokens } = location;
  const within: TextLocation = { in: where, name, tokens };
  const [only] = places;
  if (only !== undefined && places.length === 1)
    visitContent(text, () => only, held, uri, withoutFiles(text, only, held, location), visit);
  else {
    visit(text, uri, location);
    for (const place of places) {
      const content = contentOf(text, () => place, false);
      if (content !== null) visitJsonValues(content.bytes, content.place, { ...held, enforced: false }, within, visit);
    }
  }
  if (mayBeJson(text)) {
    const bytes = encoder.encode(text);
    for (const place of places)
      if (!held.enforced || place.holdsStructure) visitJsonValues(bytes, place, held, within, visit);
  }
  if (!held.hasUris) return;
  for (const place of places) visitInnerUris(text, place, held.enforced, (uri) => visit(uri, true, within));
}

/** Where the schema says that a text is a file in base64, one that is gives nothing to look at. */
function withoutFiles(text: string, place: TextPlace, { enforced }: Held, location: TextLocation): TextLocation {
  if (!enforced || place.filed === null) return location;
  return { ...location, free: () => location.free?.() !== false && !isFiled(text, place) };
}
