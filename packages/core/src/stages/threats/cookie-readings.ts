import { decodePercents } from './decode-layers.ts';
import { mayBeJson } from './may-be-json.ts';
import { utf8Reading } from './utf8-reading.ts';

const ESCAPES = /\\(?:([0-3][0-7]{2})|([\s\S]))/g;

/**
 * The texts that readers make of the value of a cookie, each once. Percent-encoding is decoded by some and left by others. In quotes (RFC 6265,
 * section 4.1.1) it is what stands between them: as it is (Node.js, Go), or with its escapes read, where `\047` is an apostrophe (Python: Django,
 * Werkzeug, Starlette). Bytes beyond ASCII are signs of Latin-1 to some, and of UTF-8 to others.
 */
export function cookieReadings(raw: string): readonly string[] {
  const other = utf8Reading(raw);
  return other === null ? readingsOf(raw) : [...readingsOf(raw), ...readingsOf(other)];
}

function readingsOf(raw: string): readonly string[] {
  const decoded = decodePercents(raw);
  const isQuoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
  if (!isQuoted && (decoded === raw || !mayBeJson(raw))) return [decoded];
  const inner = isQuoted ? raw.slice(1, -1) : raw;
  const readings = [decoded, inner, decodePercents(inner)];
  if (isQuoted && inner.includes('\\')) {
    const plain = inner.replace(ESCAPES, (_whole, octal?: string, sign?: string) =>
      octal === undefined ? (sign as string) : String.fromCharCode(Number.parseInt(octal, 8)),
    );
    readings.push(plain, decodePercents(plain));
  }
  return [...new Set(readings)];
}
