import type { Operation } from '../../openapi/model.ts';
import type { ContentCoding } from '../../ports.ts';
import type { BodyFormat } from '../validation/body-format.ts';
import { textOf } from './unstated-body.ts';

const CODINGS: Readonly<Record<string, ContentCoding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};
/** Codings of one body. No client is known to apply more than one. */
const MAX_CODINGS = 2;
/** A body may be inflated to so many times its length, or to so much where that is more: honest texts come near neither, and few bytes make no work for long. */
const MAX_RATIO = 100;
const SMALL_BYTES = 65_536;
const LF = 0x0a;
const CR = 0x0d;
/** What stands before each text of a sequence (RFC 7464). */
const RS = 0x1e;

/** The codings of a Content-Encoding in the order in which they were applied; null where one is unknown, or there are more than two. */
export function contentCodings(contentEncoding: string | null): readonly ContentCoding[] | null {
  const codings: ContentCoding[] = [];
  for (const written of (contentEncoding ?? '').split(',')) {
    const name = written.trim().toLowerCase();
    if (name === '' || name === 'identity') continue;
    const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
    if (coding === undefined || codings.length === MAX_CODINGS) return null;
    codings.push(coding);
  }
  return codings.length === 0 ? null : codings;
}

/** The most that a compressed body of so many bytes may be inflated to. */
export function mostInflated(bytes: number, maxBodyBytes: number): number {
  return Math.min(maxBodyBytes, Math.max(SMALL_BYTES, bytes * MAX_RATIO));
}

/** Whether the document has a parameter for the codings: whoever declares it reads it. */
export function declaresCodings({ parameters }: Operation): boolean {
  return parameters.some((one) => one.in === 'header' && one.name.toLowerCase() === 'content-encoding');
}

/**
 * Whether compressed bytes are nothing to a reader of the format that does not inflate them, as many do not. Of fields, parts and plain text it
 * reads what it can: a client can write an attack into the compressed bytes themselves, which are gone once they are inflated.
 */
export function isUnreadableCoded(format: BodyFormat): boolean {
  return format === 'json' || format === 'json-lines' || format === 'json-sequence' || format === 'xml';
}

/** Lines within bytes that are no text as a whole, that a reader of JSON lines could take which passes over those that are none. */
export function* jsonLines(bytes: Uint8Array): Iterable<Uint8Array> {
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== undefined && byte !== LF && byte !== CR && byte !== RS) continue;
    const line = bytes.subarray(start, at);
    if (beginsLikeJson(line) && textOf(line) !== null) yield line;
    start = at + 1;
  }
}

function beginsLikeJson(line: Uint8Array): boolean {
  const first = line.find((byte) => byte !== 0x20 && byte !== 0x09);
  return first === 0x7b || first === 0x5b || first === 0x22;
}
