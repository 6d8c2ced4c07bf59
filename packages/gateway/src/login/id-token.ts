import { createHash, timingSafeEqual } from 'node:crypto';
import type { JsonObject, JwtPolicy, LoginPolicy, Principal, TokenResult } from '@sallyport/core';
import { createTokenPort } from '../identity/create-token-port.ts';
import { VerifiedTokenCache } from '../identity/verified-token-cache.ts';
import type { KeySet } from '../identity/key-set.ts';

/** Claims of a token that holds, or why it does not, in a word for the operator. */
export type TokenVerdict =
  | { readonly ok: true; readonly principal: Principal; readonly claims: JsonObject }
  | { readonly ok: false; readonly reason: string; readonly unavailable: boolean };

/** What an ID token is held against beside itself. Null: nothing, for one that came with a refresh. */
export interface IdTokenContext {
  readonly nonce: string | null;
  readonly accessToken: string;
  /** `sub` of the session that is renewed; null at a login. */
  readonly subject: string | null;
}

/** Verifies what a provider signs for us. Never rejects. */
export interface ProviderTokens {
  verifyIdToken(token: string, context: IdTokenContext, nowMs: number): Promise<TokenVerdict>;
  verifyLogoutToken(token: string, nowMs: number): Promise<TokenVerdict>;
}

const MAX_TOKEN_BYTES = 32 * 1024;
/** How old a logout token without `exp` may be. */
const LOGOUT_TOKEN_MS = 5 * 60_000;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** No control character goes into a database, a header or a log. */
const NAME = /^[^\p{Cc}\u2028\u2029]{1,255}$/u;

/** Verifies ID tokens and logout tokens of one provider with its keys: signature, issuer, audience and times as of every JWT, then what is theirs. */
export function createProviderTokens(scheme: string, policy: LoginPolicy, keySet: KeySet): ProviderTokens {
  const shared: Omit<JwtPolicy, 'types' | 'requiredClaims' | 'claims'> = {
    kind: 'jwt',
    issuer: policy.issuer,
    audiences: [policy.clientId],
    algorithms: policy.algorithms,
    keys: { from: 'discovery', issuer: policy.issuer },
    clockToleranceSeconds: policy.clockToleranceSeconds,
    maxTokenBytes: MAX_TOKEN_BYTES,
    forwardCredential: false,
    place: policy.place,
  };
  const once = (): VerifiedTokenCache => new VerifiedTokenCache(2, MAX_TOKEN_BYTES);
  const claims = { subject: policy.claims.subject, scopes: '', roles: policy.claims.roles };
  const idTokens = createTokenPort(
    scheme,
    { ...shared, types: null, requiredClaims: ['sub', 'iat'], claims },
    keySet,
    once(),
  );
  const logout = {
    ...shared,
    types: ['logout+jwt', 'jwt'],
    requiredClaims: ['iat', 'jti'],
    // It may name a session alone; everything has an issuer.
    claims: { subject: 'iss', scopes: '', roles: '' },
    mayLack: ['exp'],
  };
  const logoutTokens = createTokenPort(scheme, logout, keySet, once());
  return {
    async verifyIdToken(token, context, nowMs) {
      const result = await idTokens.verify(token, nowMs);
      if (!result.ok) return toVerdict(result);
      const told = result.principal.attributes as JsonObject;
      const reason = doubtOfIdToken(told, result.principal, policy, context, token);
      return reason === null
        ? { ok: true, principal: result.principal, claims: told }
        : { ok: false, reason, unavailable: false };
    },
    async verifyLogoutToken(token, nowMs) {
      const result = await logoutTokens.verify(token, nowMs);
      if (!result.ok) return toVerdict(result);
      const told = result.principal.attributes as JsonObject;
      const reason = doubtOfLogoutToken(told, nowMs - policy.clockToleranceSeconds * 1000);
      return reason === null
        ? { ok: true, principal: result.principal, claims: told }
        : { ok: false, reason, unavailable: false };
    },
  };
}

function toVerdict(result: Extract<TokenResult, { ok: false }>): TokenVerdict {
  const claim = result.facts['claim'];
  return {
    ok: false,
    reason: typeof claim === 'string' ? `${result.code} ${claim}` : result.code,
    unavailable: result.code === 'AUTHN_KEYS_UNAVAILABLE',
  };
}

/** OpenID Connect Core 1.0, sections 3.1.3.7 and 12.2. Null where there is none. */
function doubtOfIdToken(
  claims: JsonObject,
  principal: Principal,
  { clientId }: LoginPolicy,
  { nonce, accessToken, subject }: IdTokenContext,
  token: string,
): string | null {
  const own = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  // Taken from one login and put into another: replay, or a stranger's code.
  if (nonce !== null && own('nonce') !== nonce) return 'nonce';
  const audiences = own('aud');
  const authorized = own('azp');
  if (authorized !== undefined ? authorized !== clientId : Array.isArray(audiences) && audiences.length > 1)
    return 'azp';
  if (subject !== null && own('sub') !== subject) return 'sub';
  if (typeof own('sub') !== 'string' || !NAME.test(String(own('sub'))) || !NAME.test(principal.subject)) return 'sub';
  const hash = own('at_hash');
  if (hash !== undefined && (typeof hash !== 'string' || !isHashOf(hash, accessToken, token))) return 'at_hash';
  const session = own('sid');
  return session === undefined || (typeof session === 'string' && NAME.test(session)) ? null : 'sid';
}

/** The left half of the hash of the ID token's own algorithm (section 3.1.3.6); Ed25519 goes with SHA-512. */
function isHashOf(claimed: string, accessToken: string, token: string): boolean {
  const [header = ''] = token.split('.', 1);
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly alg?: string };
  const bits = /(?:256|384|512)$/.exec(alg ?? '')?.[0] ?? '512';
  const digest = createHash(`sha${bits}`).update(accessToken, 'ascii').digest();
  const wanted = digest.subarray(0, digest.length / 2);
  const got = Buffer.from(claimed, 'base64url');
  return got.length === wanted.length && timingSafeEqual(got, wanted);
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.6. Null where there is none. */
function doubtOfLogoutToken(claims: JsonObject, nowMs: number): string | null {
  const own = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  // An ID token has one: it must not pass for a logout token.
  if (own('nonce') !== undefined) return 'nonce';
  const events = own('events');
  const event =
    typeof events === 'object' && events !== null && Object.hasOwn(events, LOGOUT_EVENT)
      ? (events as Record<string, unknown>)[LOGOUT_EVENT]
      : null;
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'events';
  for (const name of ['sub', 'sid']) {
    const value = own(name);
    if (value !== undefined && (typeof value !== 'string' || !NAME.test(value))) return name;
  }
  if (own('sub') === undefined && own('sid') === undefined) return 'sub';
  const issued = Number(own('iat')) * 1000;
  return own('exp') === undefined && nowMs - issued > LOGOUT_TOKEN_MS ? 'iat' : null;
}
