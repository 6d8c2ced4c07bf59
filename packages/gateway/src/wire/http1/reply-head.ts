import { STATUS_CODES } from 'node:http';
import { checkFieldLine } from '../field-line.ts';
import { RepeatedLines } from './repeated-lines.ts';

const LINES = new RepeatedLines(checkFieldLine);

const STATUS_LINES: string[] = [];
for (const [status, text] of Object.entries(STATUS_CODES))
  STATUS_LINES[Number(status)] = `HTTP/1.1 ${status} ${text}\r\n`;

/** The head of a reply but for the empty line; `Date` is added where there is none (RFC 9110, section 6.6.1). Throws a `TypeError` for what would break a line. */
export function renderReplyHead(status: number, headers: readonly string[]): string {
  let head = STATUS_LINES[status] ?? `HTTP/1.1 ${status} \r\n`;
  let dated = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (name === 'Date' || (name.length === 4 && name.toLowerCase() === 'date')) dated = true;
    head += LINES.line(i >> 1, name, value);
  }
  return dated ? head : `${head}Date: ${httpDate()}\r\n`;
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
let dateText = '';

/** An IMF-fixdate, made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
