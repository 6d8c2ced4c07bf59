import type { Exchange } from '../../exchange.ts';
import type { UpstreamPolicy } from '../../policy/policy.ts';
import { headerName } from './header-name.ts';
import { principalHeaders } from './principal-headers.ts';
import { parseTraceparent } from './traceparent.ts';
import { removeCookies } from './remove-cookies.ts';
import {
  FORWARDING_HEADERS,
  FORWARDING_PREFIX,
  HOP_BY_HOP_HEADERS,
  IDENTITY_HEADERS,
  OVERRIDE_HEADERS,
} from './reserved-headers.ts';

export interface UpstreamHeaderOptions {
  /** The Host of the upstream's URL, with its port where that is not the scheme's own. */
  readonly upstreamHost: string;
  /** Sends the client's Host instead. */
  readonly preserveHost: boolean;
  readonly principalHeaders: UpstreamPolicy['principalHeaders'];
  /** Names, in any case, that clients must not send to the upstream beside the built-in ones. */
  readonly internalHeaders: readonly string[];
  /** Cookies that are Sallyport's own. */
  readonly ownCookies?: readonly string[];
}

export interface UpstreamHeaderRule {
  readonly options: UpstreamHeaderOptions;
  readonly dropped: ReadonlySet<string>;
}

/** Compiles what is dropped from every request. */
export function compileUpstreamHeaders(options: UpstreamHeaderOptions): UpstreamHeaderRule {
  const { subject, issuer, scopes, roles } = options.principalHeaders;
  const own = [...options.internalHeaders, ...[subject, issuer, scopes, roles].filter((name) => name !== null)];
  // Written anew.
  const rewritten = ['host', 'x-request-id', 'traceparent'];
  return {
    options,
    dropped: new Set([
      ...HOP_BY_HOP_HEADERS,
      ...OVERRIDE_HEADERS,
      ...FORWARDING_HEADERS,
      ...IDENTITY_HEADERS,
      ...rewritten,
      ...own.map((name) => name.toLowerCase()),
    ]),
  };
}

/**
 * The headers that go upstream, name and value in turn: Host, then the client's own in their order and spelling without those that
 * are dropped, then Sallyport's. Assumes that `readHeaders` passed. Content-Length and Transfer-Encoding are the wire's to write.
 *
 * Dropped: hop-by-hop headers and those named in `Connection` (RFC 9110, section 7.6.1), method and URL overrides, all forwarding headers
 * (also a trusted proxy's: what they say is in `clientAddress`), identity and principal headers, credentials named in the exchange; from Cookie only the named
 * cookies. Set: `X-Forwarded-For` with one address, the client's; `X-Forwarded-Proto`, `X-Forwarded-Host`, `X-Request-Id`, and
 * the principal headers. `Forwarded` is not sent: two ways to say one thing could differ.
 *
 * `traceparent` is the caller's to add: the client's never goes along, its `tracestate` only where its `traceparent` was valid.
 * Where the response is to be checked the upstream is asked for a body that can be read: `Accept-Encoding: identity`. Where a part of it would be refused,
 * `Range` is left out, but for units other than bytes.
 */
export function upstreamHeaders(exchange: Exchange, head: { readonly upstream: UpstreamHeaderRule }): string[] {
  const { options } = head.upstream;
  const host = exchange.headers.host;
  const out = ['Host', options.preserveHost && host !== null ? host : options.upstreamHost];
  const plain = exchange.operation !== null && exchange.operation.modes.responses !== 'off';
  passing(exchange, head.upstream, plain, out);
  out.push('X-Forwarded-For', exchange.clientAddress);
  out.push('X-Forwarded-Proto', exchange.clientScheme);
  out.push('X-Forwarded-Host', exchange.clientHost);
  out.push('X-Request-Id', exchange.requestId);
  if (plain) out.push('Accept-Encoding', 'identity');
  if (exchange.principal !== null) principalHeaders(exchange.principal, options.principalHeaders, out);
  return out;
}

/** Other units are an API's own (`Range: items=0-9`), and may be answered with a 200. */
const IN_BYTES = /^\s*bytes\b/i;

function passing(exchange: Exchange, rule: UpstreamHeaderRule, plain: boolean, out: string[]): void {
  const raw = exchange.rawHeaders;
  const { credentialHeaders, credentialCookies } = exchange;
  const named = connectionOptions(raw);
  const whole = exchange.operation?.wholeAnswers === true;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = headerName(name)?.lower;
    if (lower === undefined || lower.startsWith(FORWARDING_PREFIX) || named?.has(lower) === true) continue;
    if (rule.dropped.has(lower)) continue;
    if (lower === 'tracestate' && parseTraceparent(exchange.headers.traceparent) === null) continue;
    if (plain && lower === 'accept-encoding') continue;
    if (whole && lower === 'range' && IN_BYTES.test(raw[index + 1] ?? '')) continue;
    if (credentialHeaders.some((credential) => credential.toLowerCase() === lower)) continue;
    let value = raw[index + 1] ?? '';
    if (lower === 'cookie') {
      value = removeCookies(exchange.rewrittenCookie ?? value, credentialCookies);
      if (rule.options.ownCookies !== undefined) value = removeCookies(value, rule.options.ownCookies);
      if (value === '') continue;
    }
    out.push(name, value);
  }
}

/** Names in `Connection` beside the usual two options; null where there are none. */
function connectionOptions(raw: readonly string[]): Set<string> | null {
  let named: Set<string> | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length !== 10 || headerName(name)?.lower !== 'connection') continue;
    const value = raw[index + 1] ?? '';
    if (value === 'keep-alive' || value === 'close') continue;
    named ??= new Set();
    for (const option of value.split(',')) named.add(option.trim().toLowerCase());
  }
  return named;
}
