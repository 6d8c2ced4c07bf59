import { ABSENT, refused, toFact, type CredentialFact } from './credential-fact.ts';
import { parseAuthorization, parseBasic, type AuthorizationHeader } from './authorization-header.ts';
import { checkKeyForm, readCookie, readHeader, readQuery, type Reading } from './read-credential.ts';
import { isForeign, isUnsafe, originOf } from './browser-request.ts';
import type { LoginPlace } from './send-to-login.ts';
import type { Code } from '../../verdict/catalogue.ts';
import type { AuthenticationRule } from './authentication-rule.ts';
import type { CompiledScheme } from './compile-schemes.ts';
import type { CredentialResult } from './credential-result.ts';
import type { Exchange } from '../../exchange.ts';
import type { Ports } from '../../ports.ts';

type Pending = CredentialFact | Promise<CredentialFact>;

/** A port that is not there or breaks its promise is a fault, and a fault denies. */
const FAULT = refused('INTERNAL_FAULT');

/**
 * Reads every credential that the operation's schemes know from the request and lets the ports check it. Fills
 * `exchange.credentials`; returns a promise only where a port has to wait.
 */
export function gatherCredentials(
  rule: AuthenticationRule,
  exchange: Exchange,
  ports: Ports,
): Promise<void> | undefined {
  const { schemes } = rule;
  if (schemes.length === 0) return undefined;
  const header = rule.readsAuthorization ? readHeader(exchange.rawHeaders, 'authorization') : null;
  const authorization = header === null || 'code' in header ? header : parseAuthorization(header.value);
  const facts: Pending[] = [];
  let waiting = false;
  for (const scheme of schemes) {
    const fact =
      scheme === null
        ? FAULT
        : scheme.kind === 'certificate'
          ? askCertificate(scheme, exchange, ports)
          : scheme.login !== null
            ? askSession(scheme, scheme.login, exchange, ports)
            : scheme.kind === 'api-key'
              ? askKey(scheme, exchange, ports)
              : askAuthorization(scheme, authorization, rule, exchange, ports);
    if (fact instanceof Promise) waiting = true;
    facts.push(fact);
  }
  if (!waiting) {
    exchange.credentials = facts as CredentialFact[];
    return undefined;
  }
  return Promise.all(facts.map((fact) => Promise.resolve(fact))).then((settled) => {
    exchange.credentials = settled;
  });
}

/** Asks a port; one that throws is a fault. */
function ask(call: () => CredentialResult | Promise<CredentialResult>): Pending {
  try {
    return settle(call());
  } catch {
    return FAULT;
  }
}

/** The fact that a port's answer is; a promise that rejects is a fault too. */
function settle(result: CredentialResult | Promise<CredentialResult>, as?: 'bearer' | 'dpop'): Pending {
  return result instanceof Promise
    ? result.then(
        (settled) => toFact(settled, as),
        () => FAULT,
      )
    : toFact(result, as);
}

function askCertificate(scheme: CompiledScheme, exchange: Exchange, ports: Ports): CredentialFact {
  const port = ports.certificates?.get(scheme.name);
  if (port === undefined) return FAULT;
  try {
    const result = port.check(exchange.connection, exchange.nowMs);
    return result === null ? ABSENT : toFact(result);
  } catch {
    return FAULT;
  }
}

function askSession(scheme: CompiledScheme, login: LoginPlace, exchange: Exchange, ports: Ports): Pending {
  const reading = readCookie(exchange.rawHeaders, scheme.parameter);
  if (reading === null) return ABSENT;
  if ('code' in reading) return refused(reading.code);
  // Browsers add cookies to whatever any page makes them send.
  if (isUnsafe(exchange) && isForeign(exchange, originOf(exchange, login.origin), login.allowedOrigins))
    return refused('AUTHN_ORIGIN_FOREIGN');
  const port = ports.sessions?.get(scheme.name);
  return port === undefined ? FAULT : ask(() => port.check(reading.value, exchange.nowMs));
}

function askKey(scheme: CompiledScheme, exchange: Exchange, ports: Ports): Pending {
  const reading = readKey(scheme, exchange);
  if (reading === null) return ABSENT;
  // Refused before it is looked at: a key that travels in URLs is in somebody's log already.
  if (scheme.carrier?.in === 'query' && !scheme.allowInQuery) return refused('AUTHN_KEY_IN_QUERY');
  if ('code' in reading) return refused(reading.code);
  const port = ports.apiKeys.get(scheme.name);
  return port === undefined ? FAULT : ask(() => port.lookup(reading.value, exchange.nowMs, exchange.clientAddress));
}

function readKey(scheme: CompiledScheme, exchange: Exchange): Reading {
  if (scheme.carrier === null) return null;
  const { name } = scheme.carrier;
  if (scheme.carrier.in === 'header')
    return checkKeyForm(readHeader(exchange.rawHeaders, name), name === 'authorization');
  if (scheme.carrier.in === 'query') return checkKeyForm(readQuery(exchange.query, name), false);
  return readCookie(exchange.rawHeaders, name);
}

function askAuthorization(
  scheme: CompiledScheme,
  sent: AuthorizationHeader | { readonly code: Code } | null,
  rule: AuthenticationRule,
  exchange: Exchange,
  ports: Ports,
): Pending {
  if (sent === null) return ABSENT;
  if ('code' in sent) return refused(sent.code);
  if (!takesAuthorization(scheme, sent.scheme)) {
    // Meant for another scheme of the operation, or for none: then it is wrong for all of them, and never nothing.
    return rule.schemes.some((other) => other !== null && takesAuthorization(other, sent.scheme))
      ? ABSENT
      : refused('AUTHN_CREDENTIAL_UNEXPECTED');
  }
  if (sent.token === null) return refused('AUTHN_CREDENTIAL_MALFORMED');
  const { token } = sent;
  if (scheme.kind === 'bearer')
    return askToken(scheme, sent.scheme === 'dpop' ? 'dpop' : 'bearer', token, exchange, ports);
  const credential = parseBasic(token);
  if (credential === null) return refused('AUTHN_CREDENTIAL_MALFORMED');
  const port = ports.passwords.get(scheme.name);
  return port === undefined ? FAULT : ask(() => port.check(credential.user, credential.password, exchange.nowMs));
}

function askToken(
  scheme: CompiledScheme,
  as: 'bearer' | 'dpop',
  token: string,
  exchange: Exchange,
  ports: Ports,
): Pending {
  const port = ports.tokens.get(scheme.name);
  if (port === undefined) return FAULT;
  // Read only where it counts: what stands in a header of this name beside a mere Bearer token binds nothing.
  const proof = as === 'dpop' ? readHeader(exchange.rawHeaders, 'dpop') : null;
  if (proof !== null && 'code' in proof) return refused(proof.code);
  const presented = {
    as,
    proof: proof?.value ?? null,
    method: exchange.method,
    // Only a proof speaks of it.
    url: as === 'dpop' ? `${exchange.clientScheme}://${exchange.clientHost}${exchange.path}` : '',
    certificateThumbprint: exchange.certificateThumbprint,
    clientAddress: exchange.clientAddress,
  };
  try {
    return settle(port.verify(token, exchange.nowMs, presented), as);
  } catch {
    return FAULT;
  }
}

/** True where an Authorization header of this scheme may be meant for `other`. */
function takesAuthorization(other: CompiledScheme, sent: string): boolean {
  return other.kind === 'api-key'
    ? other.carrier?.in === 'header' && other.carrier.name === 'authorization'
    : other.kind === sent || (sent === 'dpop' && other.dpop !== 'off');
}
