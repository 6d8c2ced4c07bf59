import { STATUS_CODES } from 'node:http';
import { RepeatedLines } from './repeated-lines.ts';

/** HTAB, visible ASCII, space and obs-text alone (RFC 9110, section 5.5). A line break would begin a header or a reply of its own ("response splitting"), and what is no latin1 would be cut to it. */
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Names that were looked at. Bounded: an upstream may send any. */
const GOOD_NAMES = new Set<string>();
const MAX_NAMES = 1_000;

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
    if (name.length === 4 && name.toLowerCase() === 'date') dated = true;
    head += LINES.line(i >> 1, name, value);
  }
  return dated ? head : `${head}Date: ${httpDate()}\r\n`;
}

const LINES = new RepeatedLines((name, value) => {
  if (!GOOD_NAMES.has(name)) checkName(name);
  if (BAD_VALUE.test(value)) throw new TypeError(`a character that no header may hold, in ${name}`);
});

function checkName(name: string): void {
  if (!TOKEN.test(name)) throw new TypeError('a header name that is no token');
  if (GOOD_NAMES.size < MAX_NAMES) GOOD_NAMES.add(name);
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
