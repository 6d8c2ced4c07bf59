import { Buffer } from 'node:buffer';
import { TOKEN } from '../field-line.ts';
import { FieldForms } from './field-forms.ts';
import { IN_CHUNKS, NO_BODY, writeLength } from './framing-lines.ts';
import type { OutgoingBytes } from './outgoing-bytes.ts';
import type { UpstreamRequest } from '../upstream-port.ts';

/** The methods that need no look. */
const USUAL: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/**
 * What a target is made of: a line break would begin a header or a request of its own ("request splitting"), as would what is cut to one
 * where it is written as latin1, and a space would move the version.
 */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;

const FORMS = new FieldForms();

const VERSION = Buffer.from(' HTTP/1.1\r\n');
const HEAD_END = Buffer.from('\r\n');

/**
 * Writes the head of a request in latin1: request line, headers in their order, and the one header that frames the body. Throws a
 * `TypeError` for what would break a line, which the stages before have refused already: nothing is written rather than two things.
 */
export function writeRequestHead({ method, path, headers, body, length }: UpstreamRequest, out: OutgoingBytes): void {
  if (!TARGET.test(path) || !(USUAL.has(method) || TOKEN.test(method)))
    throw new TypeError('a character that no request line may hold');
  const begun = out.length;
  out.addText(method);
  out.addText(' ');
  out.addText(path);
  out.addBytes(VERSION);
  try {
    FORMS.write(headers, out);
  } catch (error) {
    out.rewind(begun);
    throw error;
  }
  if (body instanceof Uint8Array) writeLength(body.length, out);
  else if (body !== null) {
    if (length === null) out.addBytes(IN_CHUNKS);
    else writeLength(length, out);
  }
  // A method that usually has a body says that there is none (RFC 9110, section 8.6).
  else if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && method !== 'TRACE') out.addBytes(NO_BODY);
  out.addBytes(HEAD_END);
}
