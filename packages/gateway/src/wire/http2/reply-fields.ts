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

/**
 * The field lines of a reply as names and values in turn: names in lower case, the status first, the others in their order. `length` is that of the body, where it is known
 * here; it stands for any that `headers` tell. Throws a `TypeError` for what no header may hold.
 */
export function replyFields(status: number, headers: readonly string[], length: number | null): string[] {
  const fields = [':status', String(status)];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    checkFieldLine(name, value);
    if (OF_A_CONNECTION.has(name) || (length !== null && name === 'content-length')) continue;
    fields.push(name, value);
  }
  if (length !== null) fields.push('content-length', String(length));
  return fields;
}
