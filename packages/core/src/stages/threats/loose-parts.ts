import { visitRawText } from './raw-text.ts';
import { ANYWHERE } from './text-place.ts';
import { type TextVisitor, WHOLE } from './threat-judge.ts';
import { decodeTransfer } from './transfer-encoding.ts';
import { visitFieldName } from './visit-name.ts';

const HEAD_ENDS = ['\r\n\r\n', '\n\n', '\r\r'] as const;
/** What a head is looked at of. */
const MAX_HEAD = 16_384;
const NAMES = /\b((?:file)?name)(\*?)\s*=\s*(?:"((?:[^"\\]|\\[\s\S])*)"?|([^;\r\n]*))/gi;
const ENCODED = /^content-transfer-encoding[ \t]*:[ \t]*([\w-]+)/im;
const UNHELD = { enforced: false, hasUris: false } as const;
const decoder = new TextDecoder();

/**
 * Gives the names and texts of a multipart that is not well formed, where nothing refuses it, as lenient readers take it apart: at whatever follows
 * two dashes and the boundary, with line breaks of any kind, whatever stands before the first part or behind the last. Without a `boundary` it is
 * what the first line says. Parts with a file name are not looked into. Linear.
 */
export function visitLooseParts(bytes: Uint8Array, boundary: string | null, visit: TextVisitor): void {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = boundary === null ? firstLine(body) : Buffer.from(`--${boundary}`, 'latin1');
  for (let from = 0; from <= body.length; ) {
    const found = body.indexOf(delimiter, from);
    const end = found < 0 ? body.length : found;
    visitPart(body.subarray(from, end), visit);
    from = end + delimiter.length;
  }
}

/** True where the bytes begin as those of a multipart do. */
export function beginsLikeParts(bytes: Uint8Array): boolean {
  return bytes[0] === 0x2d && bytes[1] === 0x2d && bytes.length > 3;
}

function firstLine(body: Buffer): Buffer {
  const line = /^--[^\r\n]{1,200}/.exec(body.toString('latin1', 0, 202))?.[0] ?? '--';
  return Buffer.from(line, 'latin1');
}

function visitPart(part: Buffer, visit: TextVisitor): void {
  const start = part.toString('latin1', 0, MAX_HEAD);
  const ends = HEAD_ENDS.flatMap((end) => {
    const at = start.indexOf(end);
    return at < 0 ? [] : [{ at, behind: at + end.length }];
  });
  const { at = part.length, behind = 0 } = ends.sort((one, other) => one.at - other.at)[0] ?? {};
  const head = ends.length === 0 ? '' : decoder.decode(part.subarray(0, at));
  const location = { in: 'body', name: null, tokens: WHOLE } as const;
  let isFile = false;
  for (const [, kind = '', extended, quoted, bare = ''] of head.matchAll(NAMES)) {
    const written = (quoted ?? bare).trim();
    // RFC 8187: the charset and the language before it.
    const value = extended === '*' ? written.replace(/^[\w-]*'[^']*'/, '') : written;
    if (kind.toLowerCase() === 'name') visitFieldName(value, location, visit);
    else {
      isFile ||= value !== '';
      visit(value, false, location);
    }
  }
  if (isFile) return;
  const content = part.subarray(behind);
  const text = decoder.decode(content).trimEnd();
  if (text === '') return;
  visitRawText(text, [ANYWHERE], UNHELD, location, visit);
  const decoded = decodeTransfer(content, ENCODED.exec(head)?.[1] ?? '');
  if (decoded !== null) visitRawText(decoder.decode(decoded), [ANYWHERE], UNHELD, location, visit);
}
