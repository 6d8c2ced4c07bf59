import { Buffer } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import { FieldForms } from './field-forms.ts';
import type { OutgoingBytes } from './outgoing-bytes.ts';

const FORMS = new FieldForms();

const STATUS_LINES: Uint8Array[] = [];
for (const [status, text] of Object.entries(STATUS_CODES))
  STATUS_LINES[Number(status)] = Buffer.from(`HTTP/1.1 ${status} ${text}\r\n`);

/**
 * Writes the head of a reply but for the empty line; `Date` is added where there is none (RFC 9110, section 6.6.1). Throws a `TypeError` for what would
 * break a line, and has written nothing then.
 */
export function writeReplyHead(status: number, headers: readonly string[], out: OutgoingBytes): void {
  const begun = out.length;
  const statusLine = STATUS_LINES[status];
  if (statusLine === undefined) out.addText(`HTTP/1.1 ${status} \r\n`);
  else out.addBytes(statusLine);
  try {
    FORMS.write(headers, out);
  } catch (error) {
    out.rewind(begun);
    throw error;
  }
  if (!isDated(headers)) out.addBytes(dateLine());
}

function isDated(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name === 'Date' || (name.length === 4 && name.toLowerCase() === 'date')) return true;
  }
  return false;
}

/** Whether a reply has no body whatever its headers say (RFC 9112, section 6.3). */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

export function hasLength(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') return true;
  }
  return false;
}

let dateSecond = -1;
let dateBytes: Uint8Array = Buffer.alloc(0);

/** With an IMF-fixdate, made once a second. */
function dateLine(): Uint8Array {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateBytes = Buffer.from(`Date: ${new Date(second * 1000).toUTCString()}\r\n`);
  }
  return dateBytes;
}
