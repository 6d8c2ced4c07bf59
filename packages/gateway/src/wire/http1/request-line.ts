import type { WireError } from '../client-request.ts';
import { readFieldLines, type Framing } from './field-lines.ts';
import { holdsStrayControl, type HeadScan } from './head-scan.ts';

/** The head of a request, read. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: '1.0' | '1.1';
  readonly rawHeaders: string[];
  readonly framing: Framing;
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function wireError(code: string, message: string): WireError {
  return { code, message };
}

/**
 * Reads the head in `bytes[start, end)` that `scan` has just passed over (RFC 9112, sections 2 to 6), by the strict letter: one space between the parts
 * of the request line, no folded lines, one length. What two readers could take for different requests is an error ("request smuggling").
 */
export function readRequestHead(bytes: Buffer, start: number, end: number, scan: HeadScan): RequestHead | WireError {
  const head = bytes.toString('latin1', start, end);
  const lineEnd = scan.ends[0] ?? 0;
  const methodEnd = head.indexOf(' ');
  const targetEnd = head.indexOf(' ', methodEnd + 1);
  if (methodEnd < 0 || targetEnd < 0 || targetEnd > lineEnd)
    return wireError('REQUEST_LINE', 'the request line is malformed');
  const method = usualMethod(head) ?? head.slice(0, methodEnd);
  const target = head.slice(methodEnd + 1, targetEnd);
  const problem = methodProblem(method);
  if (problem !== null) return problem;
  const httpVersion = versionAt(head, targetEnd + 1, lineEnd);
  if (httpVersion === null)
    return /^HTTP\/\d\.\d$/.test(head.slice(targetEnd + 1, lineEnd))
      ? wireError('VERSION', 'the version is neither HTTP/1.1 nor HTTP/1.0')
      : wireError('REQUEST_LINE', 'the request line is malformed');
  if (target === '') return wireError('TARGET', 'the request target is empty');
  if (method === 'CONNECT') return wireError('CONNECT', 'CONNECT is for proxies');
  const rawHeaders: string[] = [];
  const framing = readFieldLines(head, bytes, start, scan, 1, rawHeaders);
  if (typeof framing === 'string') return wireError('HEADER', framing);
  if (framing.coded) {
    if (framing.length !== -1) return wireError('LENGTH', 'both Content-Length and Transfer-Encoding');
    if (!framing.chunked) return wireError('TRANSFER_ENCODING', 'a transfer coding that is not chunked');
    if (httpVersion === '1.0') return wireError('TRANSFER_ENCODING', 'a transfer coding in HTTP/1.0');
  }
  return { method, target, httpVersion, rawHeaders, framing };
}

function usualMethod(head: string): string | null {
  return head.startsWith('GET ') ? 'GET' : head.startsWith('POST ') ? 'POST' : null;
}

function versionAt(head: string, at: number, end: number): '1.0' | '1.1' | null {
  if (end - at !== 8) return null;
  return head.startsWith('HTTP/1.1', at) ? '1.1' : head.startsWith('HTTP/1.0', at) ? '1.0' : null;
}

/** What is wrong with a method; null for any token (RFC 9110, section 9.1). */
export function methodProblem(method: string): WireError | null {
  if (METHODS.has(method)) return null;
  if (!METHOD.test(method)) return wireError('METHOD', 'the method is no token of at most 32 characters');
  // `get` is no GET, and to some readers it is.
  if (METHODS.has(method.toUpperCase())) return wireError('METHOD', 'the method differs from a known one in case');
  return null;
}

/** What is wrong with the beginning of a head that is not whole yet: nothing that could come would mend it. Null where it may become one. */
export function doomedHead(bytes: Buffer, from: number, end: number, scanned: number): WireError | null {
  if (holdsStrayControl(bytes, from, end, scanned))
    return wireError('LINE_END', 'the head holds control characters, or line ends that are not CRLF');
  // A handshake of TLS, a proxy's greeting, noise: no need to wait for an end that never comes.
  for (let at = from; at < Math.min(end, from + 33); at++) {
    const byte = bytes[at] as number;
    if (byte === 0x20 && at > from) return null;
    if (!METHOD.test(String.fromCharCode(byte))) return wireError('REQUEST_LINE', 'the request line is malformed');
  }
  return end - from > 32 ? wireError('METHOD', 'the method is longer than 32 characters') : null;
}
