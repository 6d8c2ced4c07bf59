import { BAD_VALUE } from '../field-line.ts';
import { methodProblem, wireError } from '../http1/request-line.ts';
import type { WireError } from '../client-request.ts';

/** The head of a request, read. */
export interface RequestFields {
  readonly method: string;
  readonly target: string;
  /** Names in lower case; the authority stands first, as Host. */
  readonly rawHeaders: readonly string[];
  /** Null where nothing is said of it. */
  readonly contentLength: string | null;
  readonly expectsContinue: boolean;
}

const PSEUDO = [':method', ':scheme', ':path', ':authority'] as const;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const TARGET = /^(?:\/[^\0-\x20\x7f]*|\*)$/;
/** Concern a connection of HTTP/1.1 (RFC 9113, section 8.2.2): a reader behind the door would take them for its own ("h2.TE smuggling"). */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** What a field costs beside its characters (RFC 9113, section 6.5.2). */
const FIELD_BYTES = 32;

/**
 * Reads the field lines of a request (RFC 9113, section 8) by the strict letter, whatever the library below has checked: they become a request
 * of HTTP/1.1 behind the door, where a line break in a value or a second length is another request ("h2 downgrade smuggling").
 * `sent` is how many field lines the client sent; where fewer are here, one was malformed.
 */
export function readRequestFields(
  raw: readonly string[],
  sent: number,
  { maxHeadBytes }: { readonly maxHeadBytes: number },
): RequestFields | WireError {
  const pseudo = new Map<string, string>();
  const fields: string[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  let cookieAt = -1;
  let host: string | null = null;
  let contentLength: string | null = null;
  let expectsContinue = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    bytes += name.length + value.length + FIELD_BYTES;
    if (BAD_VALUE.test(value) || value !== value.trim())
      return wireError('HEADER', 'a header value holds control characters, or white space around it');
    if (name.startsWith(':')) {
      if (fields.length > 0) return wireError('PSEUDO', 'a pseudo-header stands behind a header');
      if (!PSEUDO.some((known) => known === name)) return wireError('PSEUDO', 'an unknown pseudo-header');
      if (pseudo.has(name)) return wireError('PSEUDO', 'a pseudo-header was sent twice');
      pseudo.set(name, value);
      continue;
    }
    if (!NAME.test(name)) return wireError('HEADER', 'a header name is malformed, or not in lower case');
    if (OF_A_CONNECTION.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers'))
      return wireError('CONNECTION', 'a header that concerns a connection of HTTP/1.1');
    if (name === 'host' || name === 'content-length') {
      if (seen.has(name)) return wireError('HEADER', 'Host or Content-Length was sent twice');
      seen.add(name);
    }
    if (name === 'host') {
      host = value;
      continue;
    }
    // A cookie may be sent in crumbs, and is one header behind the door (section 8.2.3).
    if (name === 'cookie' && cookieAt >= 0) {
      fields[cookieAt] += `; ${value}`;
      continue;
    }
    if (name === 'cookie') cookieAt = fields.length + 1;
    else if (name === 'content-length') contentLength = value;
    else if (name === 'expect') expectsContinue = value.toLowerCase() === '100-continue';
    fields.push(name, value);
  }
  if (bytes > maxHeadBytes) return wireError('HEAD_SIZE', 'the head is too large');
  if (raw.length / 2 !== sent)
    return wireError('HEADER', 'a header name is malformed, or a value holds control characters');
  const method = pseudo.get(':method');
  if (method === undefined) return wireError('PSEUDO', 'a request without :method');
  if (method === 'CONNECT') return wireError('CONNECT', 'CONNECT is for proxies');
  const problem = methodProblem(method);
  if (problem !== null) return problem;
  const target = pseudo.get(':path');
  // The connection is TLS: another scheme is another resource, and somebody's mistake.
  if (pseudo.get(':scheme') !== 'https') return wireError('PSEUDO', ':scheme is missing or not https');
  if (target === undefined || !TARGET.test(target) || (target === '*' && method !== 'OPTIONS'))
    return wireError('TARGET', ':path is missing, or no path');
  const authority = pseudo.get(':authority') ?? null;
  // Who routes by the one and checks the other would serve what was not checked.
  if (authority !== null && host !== null && authority.toLowerCase() !== host.toLowerCase())
    return wireError('HOST', ':authority and Host differ');
  const named = authority ?? host;
  return {
    method,
    target,
    rawHeaders: named === null ? fields : ['host', named, ...fields],
    contentLength,
    expectsContinue,
  };
}
