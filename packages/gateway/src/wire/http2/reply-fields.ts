import type { OutgoingHttpHeaders } from 'node:http2';
import { checkFieldLine } from '../field-line.ts';

/** Have no meaning here, and a client must take a reply with one for malformed (RFC 9113, section 8.2.2). */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
]);

/** The field lines of a reply, names in lower case and repeated ones in their order. Throws a `TypeError` for what no header may hold. */
export function replyFields(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const fields = Object.create(null) as OutgoingHttpHeaders;
  fields[':status'] = status;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    checkFieldLine(name, value);
    if (OF_A_CONNECTION.has(name)) continue;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [String(before), value];
  }
  return fields;
}
