import { interned } from '../../interned.ts';

/** A header name as it was sent, looked at once. */
export interface HeaderName {
  readonly lower: string;
  /** `lower` with everything but letters and digits as `-`: what CGI-like servers make alike (`X_Forwarded_For`). */
  readonly folded: string;
  /** A bit of its own for a header that may stand once; 0 for the others. */
  readonly onceBit: number;
}

/**
 * Headers of a single value: sent twice, two readers could choose different ones. RFC 9110: content-type (8.3), content-length (8.6),
 * host (7.2), authorization (11.6.2), proxy-authorization (11.7.2), max-forwards (7.6.2), if-modified-since, if-unmodified-since,
 * if-range (13.1), from, referer, user-agent (10.1), content-location, date, range; RFC 9112: transfer-encoding (6.1, only `chunked` is
 * taken). cookie: RFC 6265, section 5.4; origin: RFC 6454, section 7.3; dpop: RFC 9449, section 4.3; traceparent: W3C Trace Context;
 * content-encoding and expect are lists of which only one member is taken.
 */
const ONCE = [
  'host',
  'content-type',
  'content-length',
  'transfer-encoding',
  'content-encoding',
  'authorization',
  'proxy-authorization',
  'cookie',
  'origin',
  'expect',
  'traceparent',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'content-range',
  'content-location',
  'content-disposition',
  'date',
  'from',
  'referer',
  'user-agent',
  'max-forwards',
  'dpop',
  'idempotency-key',
  'access-control-request-method',
  'sec-fetch-site',
  'x-request-id',
  'x-csrf-token',
] as const;

const ONCE_BITS: ReadonlyMap<string, number> = new Map(ONCE.map((name, index) => [name, 2 ** index]));

/** Spelled as clients do, so that theirs are known from the start. */
const COMMON =
  'Accept Accept-Encoding Accept-Language Access-Control-Request-Headers Access-Control-Request-Method Authorization Baggage ' +
  'Cache-Control Connection Content-Encoding Content-Length Content-Type Cookie DNT Expect Forwarded Host Idempotency-Key ' +
  'If-Match If-Modified-Since If-None-Match Keep-Alive Origin Pragma Priority Range Referer Sec-CH-UA Sec-CH-UA-Mobile ' +
  'Sec-CH-UA-Platform Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User TE Traceparent Tracestate Transfer-Encoding ' +
  'Upgrade-Insecure-Requests User-Agent Via X-API-Key X-Forwarded-For X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto ' +
  'X-Real-IP X-Request-ID X-Requested-With';

/** Clients choose names, so the cache takes this many and no more; beyond it a name costs its own look every time. */
const MAX_CACHED = 512;
const MAX_CACHED_LENGTH = 64;
const cache = new Map<string, HeaderName>();

/** The name's entry, or null where it is no token (RFC 9110, section 5.6.2): empty, with white space, a colon or a control character. */
export function headerName(raw: string): HeaderName | null {
  const known = cache.get(raw);
  if (known !== undefined) return known;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(raw)) return null;
  const lower = raw.toLowerCase();
  const keeps = cache.size < MAX_CACHED && raw.length <= MAX_CACHED_LENGTH;
  const entry = cache.get(lower) ?? entryOf(keeps ? interned(lower) : lower);
  if (keeps) cache.set(interned(raw), entry);
  return entry;
}

function entryOf(lower: string): HeaderName {
  const folded = foldName(lower);
  return { lower, folded: folded === lower ? lower : folded, onceBit: ONCE_BITS.get(lower) ?? 0 };
}

/** A lower-case name as CGI-like servers see it. */
export function foldName(lower: string): string {
  return lower.replace(/[^a-z0-9]/g, '-');
}

for (const name of COMMON.split(' ')) {
  headerName(name.toLowerCase());
  headerName(name);
}
