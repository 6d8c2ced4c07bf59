import type { ParsedMediaType } from '../../validation/media-type.ts';
import type { MarkedPlace } from '../marked-nodes.ts';

const FILES = /^(?:(?:image|audio|video|font)\/(?!.*xml)|application\/(?:octet-stream|pdf|zip|gzip)$)/;

/** A type whose bodies have no members that anybody reads. */
export function isFileType({ essence }: ParsedMediaType): boolean {
  return FILES.test(essence);
}

/** A file of which the document says nothing, as OpenAPI 3.1 describes one, has no members. */
export function isFile(type: ParsedMediaType, place: MarkedPlace): boolean {
  const [declared] = place.declared();
  return isFileType(type) && place.marks === null && declared === undefined;
}
