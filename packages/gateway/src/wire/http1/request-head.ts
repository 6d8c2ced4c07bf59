import { TOKEN } from '../field-line.ts';
import { FieldForms } from './field-forms.ts';
import type { UpstreamRequest } from '../upstream-port.ts';

/** The methods that need no look. */
const USUAL: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/**
 * What a target is made of: a line break would begin a header or a request of its own ("request splitting"), as would what is cut to one
 * where it is written as latin1, and a space would move the version.
 */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;

const FORMS = new FieldForms();

/**
 * The head of a request in latin1: request line, headers in their order, and the one header that frames the body. Throws a
 * `TypeError` for what would break a line, which the stages before have refused already: nothing is written rather than two things.
 */
export function renderRequestHead({ method, path, headers, body, length }: UpstreamRequest): string {
  if (!TARGET.test(path) || !(USUAL.has(method) || TOKEN.test(method)))
    throw new TypeError('a character that no request line may hold');
  let head = `${method} ${path} HTTP/1.1\r\n${FORMS.lines(headers)}`;
  if (body instanceof Uint8Array) head += `Content-Length: ${body.length}\r\n`;
  else if (body !== null) head += length === null ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`;
  // A method that usually has a body says that there is none (RFC 9110, section 8.6).
  else if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && method !== 'TRACE')
    head += 'Content-Length: 0\r\n';
  return `${head}\r\n`;
}
