import type { Exchange } from '../../exchange.ts';
import type { ApiDocument } from '../../openapi/model.ts';
import type { Policy } from '../../policy/policy.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { canonicalPath, type PathParameters } from './canonical-path.ts';
import { clientAddress, compileTrustedProxies, type ForwardingHeaders, type TrustedProxies } from './client-address.ts';
import { headerName } from './header-name.ts';
import { canonicalAddress } from './ip-address.ts';
import { compileHeaderRule, readHeaders, type HeaderRule } from './read-headers.ts';
import { ownCookies } from '../authentication/session-cookies.ts';
import { originForm } from './request-target.ts';
import { compileUpstreamHeaders, type UpstreamHeaderRule } from './upstream-headers.ts';

/** The head stage, compiled: what comes in is checked by it, and what goes upstream is written by it. */
export interface HeadRule {
  readonly headers: HeaderRule;
  readonly proxies: TrustedProxies;
  readonly pathParameters: PathParameters;
  readonly upstream: UpstreamHeaderRule;
}

/**
 * Compiles the head stage. Header names that decide something are protected: those of credentials, of declared parameters and of the
 * principal. Semicolons pass in paths only where the document declares a path parameter of style `matrix`. Throws a RangeError for a trusted proxy
 * that is neither an address nor a CIDR range, and a TypeError for an upstream that is no URL: the policy's checks come first.
 */
export function compileHead(policy: Policy, document: ApiDocument): HeadRule {
  const { principalHeaders, preserveHost, url } = policy.upstream;
  const schemes = [...document.securitySchemes.values()];
  const parameters = document.operations.flatMap((operation) => operation.parameters);
  return {
    headers: compileHeaderRule([
      ...schemes.flatMap((scheme) => (scheme.type === 'apiKey' && scheme.in === 'header' ? [scheme.parameter] : [])),
      ...parameters.flatMap((parameter) => (parameter.in === 'header' ? [parameter.name] : [])),
      ...Object.values(principalHeaders).filter((name) => name !== null),
      ...(policy.policies?.countryHeader ? [policy.policies.countryHeader] : []),
    ]),
    proxies: compileTrustedProxies(policy.trustedProxies),
    pathParameters: pathParametersOf(document),
    upstream: compileUpstreamHeaders({
      upstreamHost: new URL(url).host,
      preserveHost,
      principalHeaders,
      internalHeaders: [],
      ownCookies: ownCookies(document, policy),
    }),
  };
}

/** Where a parameter of style `matrix` is declared, `;` may stand in paths. */
export function pathParametersOf({ operations }: Pick<ApiDocument, 'operations'>): PathParameters {
  return operations.some(({ parameters }) => parameters.some((one) => one.in === 'path' && one.style === 'matrix'))
    ? 'pass'
    : 'refuse';
}

/**
 * Decides whether a head has one meaning, and fills what follows from it: `headers`, `path`, `query`, `clientAddress`, `clientScheme`,
 * `clientHost`. Denies with HTTP_MALFORMED, HTTP_HEADER_INVALID, HTTP_HEADER_DUPLICATE, HTTP_HOST_INVALID, HTTP_UPGRADE_UNSUPPORTED,
 * HTTP_EXPECTATION_UNSUPPORTED or PATH_INVALID. The size of the head is the wire's to bound. `OPTIONS *` passes with the path `*`,
 * which no route matches.
 */
export function decideHead(rule: HeadRule, exchange: Exchange): Denial | null {
  const problem = readHeaders(exchange, rule.headers);
  if (problem !== null) {
    return deny(problem.code, 'head', { facts: { header: problem.header, reason: problem.reason } });
  }
  if (!USUAL_METHODS.has(exchange.method) && !METHOD.test(exchange.method)) {
    return deny('HTTP_MALFORMED', 'head', { facts: { header: null, reason: 'method' } });
  }
  const host = exchange.headers.host ?? '';
  const denial = decidePath(exchange, rule, host);
  return denial ?? decideClient(exchange, rule, host);
}

const USUAL_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** A token (RFC 9110, section 9.1) of a length that every log takes. */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;

function decidePath(exchange: Exchange, rule: HeadRule, host: string): Denial | null {
  const target = originForm(exchange.target, exchange.method, host);
  if (target === null) return deny('PATH_INVALID', 'head', { facts: { reason: 'form' } });
  if (target === '*') {
    exchange.path = '*';
    return null;
  }
  const settled = canonicalPath(target, rule.pathParameters);
  if ('problem' in settled) return deny('PATH_INVALID', 'head', { facts: { reason: settled.problem } });
  exchange.path = settled.path;
  exchange.query = settled.query;
  return null;
}

function decideClient(exchange: Exchange, rule: HeadRule, host: string): Denial | null {
  const peer = canonicalAddress(exchange.peerAddress, true) ?? exchange.peerAddress;
  exchange.clientAddress = peer;
  exchange.clientScheme = exchange.secure ? 'https' : 'http';
  exchange.clientHost = host;
  if (rule.proxies.empty || !rule.proxies.includes(peer)) return null;
  const client = clientAddress(rule.proxies, peer, exchange.secure, host, forwardingHeaders(exchange.rawHeaders));
  if (client === 'conflict') {
    const facts = { header: 'forwarded', reason: 'Forwarded and X-Forwarded-For name different clients' };
    return deny('HTTP_HEADER_INVALID', 'head', { facts });
  }
  exchange.clientAddress = client.address;
  exchange.clientScheme = client.scheme;
  exchange.clientHost = client.host;
  return null;
}

function forwardingHeaders(raw: readonly string[]): ForwardingHeaders {
  const found = {
    forwarded: null as string | null,
    for: null as string | null,
    proto: null as string | null,
    host: null as string | null,
  };
  for (let index = 0; index < raw.length; index += 2) {
    const lower = headerName(raw[index] ?? '')?.lower;
    const slot = lower === undefined ? undefined : SLOTS.get(lower);
    if (slot === undefined) continue;
    const value = raw[index + 1] ?? '';
    const before = found[slot];
    found[slot] = before === null ? value : `${before}, ${value}`;
  }
  return found;
}

const SLOTS: ReadonlyMap<string, keyof ForwardingHeaders> = new Map([
  ['forwarded', 'forwarded'],
  ['x-forwarded-for', 'for'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'host'],
] as const);
