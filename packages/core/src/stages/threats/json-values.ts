import { isNameWorthALook, isSuspicious, isWorthALook } from './inspect-text.ts';
import { LIKE_URI } from './inner-uris.ts';
import { hasTextWorthALook, type JsonTextVisitor, visitJsonTexts } from './json-texts.ts';
import { contentOf, isFiled, withoutDeclared } from './text-content.ts';
import type { TextPlace } from './text-place.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';
import { visitName } from './visit-name.ts';

/** What is known of the texts of one value before any of them is read. */
export interface Held {
  /** Whether what the schema confines is held to it by the time that this looks. */
  readonly enforced: boolean;
  /** Whether the schema declares a URI anywhere. */
  readonly hasUris: boolean;
}

/** Gives the strings and the names of a JSON text, each at its place below `around`. What the schema confines is not free there. */
export function visitJsonValues(
  bytes: Uint8Array,
  root: TextPlace,
  { enforced, hasUris }: Held,
  around: TextLocation,
  visit: TextVisitor,
): void {
  // Where a URI is declared any text may be one, whatever its signs.
  if (!hasUris && !hasTextWorthALook(bytes, { wants: isWorthALook, wantsName: isNameWorthALook }, isSuspicious)) return;
  const { in: where, name } = around;
  const visitor: JsonTextVisitor = {
    wants: isWorthALook,
    wantsName: isNameWorthALook,
    value: (text, tokens, place) => {
      const full = (): readonly string[] => [...around.tokens(), ...tokens()];
      const uri = hasUris && LIKE_URI.test(text) && place().isUri(enforced);
      const confines = (): boolean => place().confined !== null || isFiled(text, place());
      const free = (): boolean => !enforced || !confines();
      visitContent(text, place, { enforced, hasUris }, uri, { in: where, name, tokens: full, free }, visit);
    },
    // The name is what was found: the place is that of its object, for a record holds nothing that a client made up.
    name: (text, tokens, place) => {
      const full = (): readonly string[] => [...around.tokens(), ...tokens().slice(0, -1)];
      const free = (): boolean => !enforced || !place().declared;
      visitName(text, ':', { in: where, name, tokens: full, free }, visit);
    },
  };
  visitJsonTexts(bytes, visitor, root);
}

/** Gives a text, and what is in it where its schema says that it is JSON. */
export function visitContent(
  text: string,
  place: () => TextPlace,
  { enforced, hasUris }: Held,
  uri: boolean,
  location: TextLocation,
  visit: TextVisitor,
): void {
  const content = contentOf(text, place, enforced);
  if (content === null || location.free?.() === false) {
    visit(text, uri, location);
    return;
  }
  visit(content.isHeld ? withoutDeclared(content) : text, uri, location);
  const { in: where, name, tokens } = location;
  visitJsonValues(
    content.bytes,
    content.place,
    { enforced: content.isHeld, hasUris },
    { in: where, name, tokens },
    visit,
  );
}
