import type { KnownHeaders, Exchange } from '../../exchange.ts';
import type { Code } from '../../verdict/catalogue.ts';
import { foldName, headerName } from './header-name.ts';
import { isHost } from './host.ts';
import {
  DECIDING_HEADERS,
  FORWARDING_HEADERS,
  FORWARDING_PREFIX,
  HOP_BY_HOP_HEADERS,
  IDENTITY_HEADERS,
  OVERRIDE_HEADERS,
} from './reserved-headers.ts';

/** Why a head is refused. `header` is one of this file's own names or null: never text that was sent. */
export interface HeaderProblem {
  readonly code: Code;
  readonly header: string | null;
  readonly reason: string;
}

/** Names that nothing may pass for, compiled once; see `compileHeaderRule`. */
export interface HeaderRule {
  /** Folded name → the exact spellings that are meant. */
  readonly spellings: ReadonlyMap<string, readonly string[]>;
  /** Whether a meant spelling itself has characters that fold: then plain names are looked up too. */
  readonly foldedSpellings: boolean;
  /** Names that `Connection` must not carry. */
  readonly endToEnd: ReadonlySet<string>;
}

/**
 * Compiles the names that are protected beside the built-in ones: those of credentials, principal headers and declared header
 * parameters, in any case.
 */
export function compileHeaderRule(names: Iterable<string>): HeaderRule {
  const own = [...names].map((name) => name.toLowerCase());
  const all = [
    ...DECIDING_HEADERS,
    ...HOP_BY_HOP_HEADERS,
    ...OVERRIDE_HEADERS,
    ...FORWARDING_HEADERS,
    ...IDENTITY_HEADERS,
    ...own,
  ];
  const spellings = new Map<string, string[]>();
  for (const name of new Set(all)) spellings.set(foldName(name), [...(spellings.get(foldName(name)) ?? []), name]);
  return {
    spellings,
    foldedSpellings: own.some((name) => foldName(name) !== name),
    endToEnd: new Set([
      ...DECIDING_HEADERS,
      ...FORWARDING_HEADERS,
      ...IDENTITY_HEADERS,
      'content-length',
      'transfer-encoding',
      'expect',
      ...own,
    ]),
  };
}

/** HTAB, visible ASCII, space and obs-text (RFC 9110, section 5.5): no CR, LF, NUL or other control characters. */
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Reads the raw head, once for an exchange: fills `exchange.headers` and returns what is wrong, or null. After null: every name is a token and every
 * value without control characters, single-valued headers stand once, there is at most one length and it is a number, Host is there and valid
 * (also in HTTP/1.0, where it may be missing by the letter), no protocol switch is asked for, and no name could pass for one that Sallyport sets or reads.
 * A repeated `Accept` is joined; other repeated headers are left to who reads them.
 */
export function readHeaders(exchange: Exchange, rule: HeaderRule): HeaderProblem | null {
  const raw = exchange.rawHeaders;
  const { headers } = exchange;
  if (raw.length % 2 !== 0) return { code: 'HTTP_MALFORMED', header: null, reason: 'name without value' };
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = headerName(raw[index] ?? '');
    if (name === null) return { code: 'HTTP_HEADER_INVALID', header: null, reason: 'name' };
    const { lower, folded, onceBit } = name;
    const value = raw[index + 1] ?? '';
    if (!exchange.headChecked && BAD_VALUE.test(value))
      return { code: 'HTTP_HEADER_INVALID', header: null, reason: 'control character in a value' };
    if (folded !== lower || rule.foldedSpellings) {
      const meant = rule.spellings.get(folded);
      const isMeant = meant === undefined || meant.includes(lower);
      // `Content_Length` and `X_Forwarded_For` are Content-Length and X-Forwarded-For to CGI, WSGI and their kind.
      if (!isMeant || (folded !== lower && folded.startsWith(FORWARDING_PREFIX))) {
        return {
          code: 'HTTP_HEADER_INVALID',
          header: meant?.[0] ?? FORWARDING_PREFIX,
          reason: 'a name that passes for another',
        };
      }
    }
    if (onceBit !== 0) {
      if ((seen & onceBit) !== 0) {
        // Two lengths are a desync attempt, not just a doubtful header (RFC 9112, section 6.3).
        const code =
          lower === 'content-length' || lower === 'transfer-encoding' ? 'HTTP_MALFORMED' : 'HTTP_HEADER_DUPLICATE';
        return { code, header: lower, reason: 'sent twice' };
      }
      seen |= onceBit;
    }
    const problem = keep(headers, lower, value, rule);
    if (problem !== null) return problem;
  }
  return checkWhole(headers, exchange.httpVersion);
}

function keep(headers: KnownHeaders, lower: string, value: string, rule: HeaderRule): HeaderProblem | null {
  switch (lower) {
    case 'accept':
      headers.accept = headers.accept === null ? value : `${headers.accept}, ${value}`;
      break;
    case 'authorization':
      headers.authorization = value;
      break;
    case 'content-encoding':
      headers.contentEncoding = value;
      break;
    case 'content-length':
      headers.contentLength = value;
      break;
    case 'content-type':
      headers.contentType = value;
      break;
    case 'cookie':
      headers.cookie = value;
      break;
    case 'host':
      headers.host = value;
      break;
    case 'origin':
      headers.origin = value;
      break;
    case 'traceparent':
      headers.traceparent = value;
      break;
    case 'transfer-encoding':
      headers.transferEncoding = value;
      break;
    case 'connection':
      return connectionProblem(value, rule);
    case 'expect':
      if (value.toLowerCase() !== '100-continue')
        return { code: 'HTTP_EXPECTATION_UNSUPPORTED', header: lower, reason: 'value' };
      break;
    case 'upgrade':
      headers.upgrade = value;
      // h2c is offered by clients that speak HTTP/1.1 as well (Java's among them): it is ignored (RFC 9110, section 7.8) and never goes
      // upstream, where a switch would carry requests that nobody here reads. Whoever asks for anything else cannot go on without it.
      if (value.toLowerCase() !== 'h2c')
        return { code: 'HTTP_UPGRADE_UNSUPPORTED', header: lower, reason: 'asked for' };
      break;
    default:
  }
  return null;
}

/** `Connection: authorization` would make a proxy drop what was checked ("hop-by-hop header abuse"). */
function connectionProblem(value: string, rule: HeaderRule): HeaderProblem | null {
  if (value === 'keep-alive' || value === 'close') return null;
  for (const part of value.split(',')) {
    const option = part.trim().toLowerCase();
    if (option === '') continue;
    if (headerName(option) === null) return { code: 'HTTP_HEADER_INVALID', header: 'connection', reason: 'option' };
    if (rule.endToEnd.has(option) || option.startsWith(FORWARDING_PREFIX)) {
      return { code: 'HTTP_HEADER_INVALID', header: 'connection', reason: 'names an end-to-end header' };
    }
  }
  return null;
}

function checkWhole(headers: KnownHeaders, version: string): HeaderProblem | null {
  const { transferEncoding, contentLength, host } = headers;
  if (transferEncoding !== null) {
    if (contentLength !== null)
      return { code: 'HTTP_MALFORMED', header: 'content-length', reason: 'beside transfer-encoding' };
    if (version !== '1.1') return { code: 'HTTP_MALFORMED', header: 'transfer-encoding', reason: 'not in HTTP/1.1' };
    if (transferEncoding.toLowerCase() !== 'chunked')
      return { code: 'HTTP_MALFORMED', header: 'transfer-encoding', reason: 'value' };
  }
  if (contentLength !== null && !isLength(contentLength))
    return { code: 'HTTP_MALFORMED', header: 'content-length', reason: 'value' };
  if (host === null || !isHost(host))
    return { code: 'HTTP_HOST_INVALID', header: 'host', reason: host === null ? 'missing' : 'value' };
  return null;
}

/** Digits only, exact as a number, without leading zeros: `+1`, `0x1`, `1_0` and `010` are other numbers to other parsers. */
function isLength(value: string): boolean {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(value) && Number(value) <= Number.MAX_SAFE_INTEGER;
}
