import { bodyFormat } from './validation/body-format.ts';
import { parseMediaType } from './validation/media-type.ts';

const LF = 0x0a;
const RS = 0x1e;

/**
 * What can be read of a body of which only the beginning is there: of a stream of JSON texts those that are whole, of a text what there is. Null where nothing can,
 * because a part of it is no body of its type.
 */
export function readablePart(bytes: Uint8Array, contentType: string | null): Uint8Array | null {
  const type = parseMediaType(contentType ?? '');
  switch (type === null ? 'binary' : bodyFormat(type)) {
    case 'json-lines':
      return bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
    case 'json-sequence':
      // A text ends where the next one begins.
      return bytes.subarray(0, Math.max(bytes.lastIndexOf(RS), 0));
    case 'text':
    // Nothing in these is told apart: what is there is as good as the whole.
    case 'xml':
    case 'event-stream':
    case 'binary':
      return bytes;
    case 'json':
    case 'form':
    case 'multipart':
      return null;
  }
}
