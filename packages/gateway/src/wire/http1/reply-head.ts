import { STATUS_CODES } from 'node:http';
import { FieldForms } from './field-forms.ts';

const FORMS = new FieldForms();

const STATUS_LINES: string[] = [];
for (const [status, text] of Object.entries(STATUS_CODES))
  STATUS_LINES[Number(status)] = `HTTP/1.1 ${status} ${text}\r\n`;

/** The head of a reply but for the empty line; `Date` is added where there is none (RFC 9110, section 6.6.1). Throws a `TypeError` for what would break a line. */
export function renderReplyHead(status: number, headers: readonly string[]): string {
  const statusLine = STATUS_LINES[status] ?? `HTTP/1.1 ${status} \r\n`;
  const head = statusLine + FORMS.lines(headers);
  return isDated(headers) ? head : head + dateLine();
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
let dateText = '';

/** With an IMF-fixdate, made once a second. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateText;
}
