import type { JsonObject, JwsAlgorithm, JwtPolicy, Principal, TokenPort, TokenResult } from '@sallyport/core';
import { checkClaims } from './check-claims.ts';
import { checkHeader, isSignedBy, parseJws, parseObject, selectKeys, type Jws } from './jws.ts';
import { VerifiedTokenCache } from './verified-token-cache.ts';
import type { KeySet } from './key-set.ts';

/** A token port that can forget what it verified. */
export interface ForgetfulTokenPort extends TokenPort {
  /** Drops every verified token, as after a revocation. */
  invalidate(): void;
}

const PAYLOAD_BOUNDS = { maxDepth: 16, maxKeys: 1000 };

type Refusal = Extract<TokenResult, { ok: false }>;

/** A token whose form, header and issuer are right; its signature was not looked at. */
interface Candidate {
  readonly jws: Jws;
  readonly algorithm: JwsAlgorithm;
  readonly kid: string | null;
  readonly claims: JsonObject;
}

function refuse(code: Refusal['code']): Refusal {
  return { ok: false, code, facts: {} };
}

/**
 * Verifies JWT access tokens of one issuer (RFC 7519, RFC 8725, RFC 9068). A token that was verified before and has not expired comes
 * from a bounded cache, which is dropped when the key set changes. Answers at once unless keys have to be waited for: the first
 * load, or a `kid` that is not known yet. The order is form, algorithm, type, issuer, signature, claims, so that a code about a claim
 * other than the issuer is about a token that the issuer made. `toPrincipal` is asked once for each token that is verified. Never throws and never rejects.
 */
export function createTokenPort(
  scheme: string,
  policy: JwtPolicy,
  keySet: KeySet,
  cache = new VerifiedTokenCache(),
  toPrincipal: (principal: Principal) => Principal = (principal) => principal,
): ForgetfulTokenPort {
  let version = -1;

  /** The keys now; a change of them drops what was verified with others. */
  function currentKeys(nowMs: number): ReturnType<KeySet['current']> {
    const keys = keySet.current(nowMs);
    if (keySet.version !== version) {
      cache.clear();
      version = keySet.version;
    }
    return keys;
  }

  function verify(token: string, nowMs: number): TokenResult | Promise<TokenResult> {
    try {
      const keys = currentKeys(nowMs);
      const known = cache.get(token, nowMs);
      if (known !== null) return known;
      const candidate = readCandidate(token, policy);
      if ('code' in candidate) return candidate;
      if (keys === null) return waitForKeys(token, candidate, nowMs);
      const fitting = selectKeys(keys, candidate.algorithm, candidate.kid);
      return fitting.length > 0
        ? conclude(token, candidate, fitting, nowMs)
        : waitForUnknownKey(token, candidate, nowMs);
    } catch {
      return refuse('INTERNAL_FAULT');
    }
  }

  function conclude(
    token: string,
    candidate: Candidate,
    fitting: ReturnType<typeof selectKeys>,
    nowMs: number,
  ): TokenResult {
    if (!isSignedBy(candidate.jws, candidate.algorithm, fitting)) return refuse('AUTHN_TOKEN_SIGNATURE');
    const checked = checkClaims(candidate.claims, policy, scheme, nowMs);
    if (!checked.ok) return checked;
    const result = { ok: true, principal: toPrincipal(checked.principal) } as const;
    cache.set(token, result, checked.expiresAtMs);
    return result;
  }

  /** Again after keys arrived, without waiting a second time. */
  function retry(token: string, candidate: Candidate, nowMs: number): TokenResult {
    const keys = currentKeys(nowMs);
    if (keys === null) return refuse('AUTHN_KEYS_UNAVAILABLE');
    const fitting = selectKeys(keys, candidate.algorithm, candidate.kid);
    return fitting.length === 0 ? refuse('AUTHN_TOKEN_KEY_UNKNOWN') : conclude(token, candidate, fitting, nowMs);
  }

  function after(loading: Promise<void>, token: string, candidate: Candidate, nowMs: number): Promise<TokenResult> {
    return loading.then(() => retry(token, candidate, nowMs)).catch(() => refuse('INTERNAL_FAULT'));
  }

  function waitForKeys(token: string, candidate: Candidate, nowMs: number): TokenResult | Promise<TokenResult> {
    const loading = keySet.loading();
    return loading === null ? refuse('AUTHN_KEYS_UNAVAILABLE') : after(loading, token, candidate, nowMs);
  }

  function waitForUnknownKey(token: string, candidate: Candidate, nowMs: number): TokenResult | Promise<TokenResult> {
    const loading = keySet.refreshForUnknownKey();
    return loading === null ? refuse('AUTHN_TOKEN_KEY_UNKNOWN') : after(loading, token, candidate, nowMs);
  }

  return { verify, invalidate: () => cache.clear() };
}

/** Everything that is checked before a key is looked for. */
function readCandidate(token: string, policy: JwtPolicy): Candidate | Refusal {
  if (token.length > policy.maxTokenBytes) return refuse('AUTHN_TOKEN_TOO_LARGE');
  const jws = parseJws(token);
  if (jws === null) return refuse('AUTHN_TOKEN_MALFORMED');
  const header = checkHeader(jws.header, policy.algorithms);
  if (!header.ok) return refuse(header.code);
  if (!isTypeAccepted(jws.header, policy.types)) return refuse('AUTHN_TOKEN_TYPE');
  const claims = parseObject(jws.payload, PAYLOAD_BOUNDS);
  if (claims === null) return refuse('AUTHN_TOKEN_MALFORMED');
  if (isEvent(claims) && !takesEvents(policy.types)) return refuse('AUTHN_TOKEN_TYPE');
  // Not verified yet, and only used to refuse: a stranger's token must not make us look for its key.
  if (!Object.hasOwn(claims, 'iss') || claims['iss'] !== policy.issuer) return refuse('AUTHN_TOKEN_ISSUER');
  return { jws, algorithm: header.algorithm, kid: header.kid, claims };
}

/**
 * `typ` without case and without `application/` (RFC 7515, section 4.1.9). A token without one counts as `jwt`, its default. Where the policy names no types,
 * one that says it is something else is refused all the same: issuers sign logout tokens, proofs and answers with the key of their access tokens (RFC 8725, section 3.11).
 */
function isTypeAccepted(header: JsonObject, types: readonly string[] | null): boolean {
  const typ = Object.hasOwn(header, 'typ') ? header['typ'] : 'jwt';
  if (typeof typ !== 'string') return false;
  const type = typ.toLowerCase().replace(/^application\//, '');
  return types === null ? type === 'at+jwt' || !type.endsWith('+jwt') : types.includes(type);
}

/** Whether tokens that tell of an event are what is asked for: only where a type of them is named. */
function takesEvents(types: readonly string[] | null): boolean {
  return types !== null && (types.includes('logout+jwt') || types.includes('secevent+jwt'));
}

/** A security event, such as a logout token: claims of it look like those of an access token (RFC 8417, section 4.1). */
function isEvent(claims: JsonObject): boolean {
  return Object.hasOwn(claims, 'events') && typeof claims['events'] === 'object' && claims['events'] !== null;
}
