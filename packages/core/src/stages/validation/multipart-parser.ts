import { trimBlanks } from './media-type.ts';
import { Undecodable } from './undecodable.ts';

/** Parts of one body, at most. */
const MAX_PARTS = 1000;
/** Header block of one part, and its lines, at most. */
const MAX_PART_HEADER_BYTES = 8192;
const MAX_PART_HEADERS = 16;
/** Rack does without a longer one, and takes the Content-ID for the name. */
const MAX_DISPOSITION_BYTES = 1536;

/** One part: its headers (names in lower case, none twice) and where its content stands in the body. */
export interface Part {
  readonly headers: ReadonlyMap<string, string>;
  /** Offset of the `--` of the delimiter that opens the part. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Rack finds these wherever they stand in the headers of a part: `X-A: Content-Disposition: form-data; name="role"`, `X-Content-ID: role`. */
const NAMING_HEADER = /content-(?:disposition|id|type)[\t ]*:/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True for a boundary of 1 to 70 allowed characters that does not end in a space (RFC 2046, section 5.1.1). */
export function isBoundary(text: string | undefined): text is string {
  return text !== undefined && BOUNDARY.test(text);
}

/**
 * Takes a multipart body apart (RFC 2046, section 5.1; RFC 7578). Strict where parsers differ, since what this reads is what the upstream
 * must read: nothing before the first delimiter or after the last (but one CRLF), no blanks after a delimiter, CRLF only, no folded
 * header, no header twice or within another, no line in a part that begins like the delimiter, whatever ends the line before it. At most 1,000 parts, 8 KiB and 16 headers each,
 * and 1,536 bytes of Content-Disposition.
 */
export function parseMultipart(bytes: Uint8Array, boundary: string): readonly Part[] | Undecodable {
  // Buffer: its indexOf is native, and parts can be megabytes.
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opening = Buffer.from(`--${boundary}`, 'latin1');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  if (!body.subarray(0, opening.length).equals(opening))
    return new Undecodable('syntax', 'must begin with the boundary delimiter');
  const parts: Part[] = [];
  let from = 0;
  let at = opening.length;
  for (;;) {
    if (body[at] === 0x2d && body[at + 1] === 0x2d)
      return isEnd(body, at + 2) ? parts : new Undecodable('syntax', 'must end with the closing delimiter');
    if (body[at] !== 0x0d || body[at + 1] !== 0x0a)
      return new Undecodable('syntax', 'must end each delimiter line with CRLF');
    if (parts.length >= MAX_PARTS) return new Undecodable('keys', `must not have more than ${MAX_PARTS} parts`);
    at += 2;
    const head = parseHead(body, at);
    if (head instanceof Undecodable) return head;
    const end = body.indexOf(delimiter, head.start - 2);
    if (end < 0) return new Undecodable('syntax', 'must end with the closing delimiter');
    // The CRLF that ends the headers may not be the one that begins the delimiter: some readers would find no delimiter there.
    if (end < head.start) return new Undecodable('syntax', 'must separate the headers of a part from its content');
    if (hidesDelimiter(body.subarray(head.start, end), opening))
      return new Undecodable('syntax', 'must not have a line in a part that begins like the delimiter');
    parts.push({ headers: head.headers, from, start: head.start, end });
    from = end + 2;
    at = end + delimiter.length;
  }
}

/** Werkzeug ends a line at a bare LF or CR as well, and PHP looks for the LF alone: to them a part would begin where here is content. */
function hidesDelimiter(content: Buffer, opening: Buffer): boolean {
  for (let at = content.indexOf(opening, 1); at >= 0; at = content.indexOf(opening, at + 1)) {
    const before = content[at - 1];
    if (before === 0x0a || before === 0x0d) return true;
  }
  return false;
}

function isEnd(body: Buffer, at: number): boolean {
  return at === body.length || (at + 2 === body.length && body[at] === 0x0d && body[at + 1] === 0x0a);
}

function parseHead(
  body: Buffer,
  from: number,
): { readonly headers: ReadonlyMap<string, string>; readonly start: number } | Undecodable {
  const headers = new Map<string, string>();
  let at = from;
  for (;;) {
    const end = body.subarray(0, from + MAX_PART_HEADER_BYTES).indexOf('\r\n', at, 'latin1');
    if (end < 0) return new Undecodable('syntax', `must have part headers of at most ${MAX_PART_HEADER_BYTES} bytes`);
    if (end === at) return { headers, start: end + 2 };
    const problem = readHeader(body.subarray(at, end), headers);
    if (problem !== null) return problem;
    at = end + 2;
  }
}

function readHeader(line: Buffer, headers: Map<string, string>): Undecodable | null {
  let text: string;
  try {
    text = utf8.decode(line);
  } catch {
    return new Undecodable('utf8', 'must have part headers in UTF-8');
  }
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).toLowerCase();
  // A bare CR or LF or a NUL would end the line for some readers.
  if (!HEADER_NAME.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(text))
    return new Undecodable('syntax', 'must have well-formed part headers');
  if (NAMING_HEADER.test(text.slice(1)))
    return new Undecodable('syntax', 'must not have one part header within another');
  if (name === 'content-disposition' && line.length - colon - 1 > MAX_DISPOSITION_BYTES)
    return new Undecodable('syntax', `must have a Content-Disposition of at most ${MAX_DISPOSITION_BYTES} bytes`);
  if (headers.has(name)) return new Undecodable('duplicate', 'must not have a part header twice');
  if (headers.size >= MAX_PART_HEADERS)
    return new Undecodable('keys', `must not have more than ${MAX_PART_HEADERS} headers in a part`);
  // No other blank: a reader that leaves it where it is reads another type, or no disposition at all.
  headers.set(name, trimBlanks(text.slice(colon + 1)));
  return null;
}
