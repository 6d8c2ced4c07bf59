import type {
  DpopPolicy,
  IntrospectionPolicy,
  JwtPolicy,
  KeySetSource,
  TokenPolicy,
} from '../authentication-policy.ts';
import type { JwsAlgorithm } from '../jws-algorithms.ts';
import type { Place } from '../place.ts';
import { checkUrl } from '../check-url.ts';
import { normalizeClient, referredSecret } from './normalize-client.ts';
import { missingTokens } from './normalize-tokens.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { authenticationShape } from '../schema/schema-authentication.ts';
import type { tokensShape } from '../schema/schema-tokens.ts';
import type { Read } from '../shape.ts';
import { unique } from '../unique.ts';

type Authored = Read<typeof authenticationShape>;
export type AuthoredToken = Extract<Authored, { variant: 'jwt' | 'introspection' | 'self' }>;
export type AuthoredTokens = Read<typeof tokensShape> | undefined;
type AuthoredSelf = Extract<Authored, { variant: 'self' }>['value'];
type AuthoredJwt = Extract<Authored, { variant: 'jwt' }>['value'];
type AuthoredIntrospection = Extract<Authored, { variant: 'introspection' }>['value'];

/** Reads one issuer of tokens, which stands at `pointer`. */
export function normalizeTokenPolicy(
  entry: AuthoredToken,
  pointer: string,
  source: PolicySource,
  problems: PolicyProblems,
  tokens: AuthoredTokens,
): TokenPolicy {
  const place = source.place(pointer);
  if (entry.variant === 'self') return { ...normalizeSelf(entry.value, pointer, tokens, place, problems), place };
  return entry.variant === 'jwt'
    ? { ...normalizeJwt(entry.value, pointer, problems), place }
    : { ...normalizeIntrospection(entry.value, pointer, problems), place };
}

function normalizeIntrospection(
  authored: AuthoredIntrospection,
  pointer: string,
  problems: PolicyProblems,
): Omit<IntrospectionPolicy, 'place'> {
  const settings = authored.introspection;
  const { issuer } = authored;
  if (settings.endpoint === undefined && issuer === undefined)
    problems.add(
      'POLICY_REQUIRED',
      `${pointer}/introspection`,
      'endpoint is missing, and there is no issuer to discover it from',
      'Add endpoint, or issuer beside introspection.',
      'key',
    );
  if (settings.endpoint !== undefined)
    checkUrl(settings.endpoint, { plain: 'loopback', query: true }, `${pointer}/introspection/endpoint`, problems);
  if (issuer !== undefined && (settings.endpoint === undefined || /^https?:/i.test(issuer)))
    checkUrl(issuer, { plain: 'loopback', query: false }, `${pointer}/issuer`, problems);
  return {
    kind: 'introspection',
    endpoint:
      settings.endpoint === undefined
        ? { from: 'discovery', issuer: issuer ?? '' }
        : { from: 'url', url: settings.endpoint },
    ...normalizeClient(settings, `${pointer}/introspection`, problems),
    timeoutMs: settings.timeout,
    cacheMs: settings.cache,
    concurrency: settings.concurrency,
    mayLack: unique<'aud' | 'token_type'>(settings.mayLack),
    issuer: issuer ?? null,
    audiences: unique(typeof authored.audience === 'string' ? [authored.audience] : authored.audience),
    clockToleranceSeconds: Math.ceil(authored.clockTolerance / 1000),
    requiredClaims: unique(authored.requiredClaims),
    claims: authored.claims,
    maxTokenBytes: authored.maxTokenBytes,
    clients: authored.clients === undefined ? null : unique(authored.clients),
    dpop: normalizeDpop(authored.dpop, `${pointer}/dpop`, problems),
    forwardCredential: authored.forwardCredential,
  };
}

/** The signature algorithms of proofs where nothing is said. */
const DEFAULT_PROOF_ALGORITHMS: readonly JwsAlgorithm[] = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];
const DEFAULT_PROOF_AGE_MS = 60_000;

function normalizeDpop(authored: AuthoredJwt['dpop'], pointer: string, problems: PolicyProblems): DpopPolicy | null {
  if (typeof authored === 'string')
    return authored === 'off'
      ? null
      : {
          mode: authored,
          algorithms: DEFAULT_PROOF_ALGORITHMS,
          proofAgeMs: DEFAULT_PROOF_AGE_MS,
          nonce: false,
          nonceSecret: null,
        };
  const { mode, algorithms, proofAge, nonce, nonceSecret } = authored;
  if (mode === 'off') return null;
  if (nonceSecret !== undefined && !nonce)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/nonceSecret`,
      'there is a secret for nonces, and none are demanded',
      'Set nonce: true, or remove the secret.',
    );
  return {
    mode,
    algorithms: unique<JwsAlgorithm>(algorithms),
    proofAgeMs: proofAge,
    nonce,
    nonceSecret: nonceSecret === undefined ? null : referredSecret(nonceSecret, `${pointer}/nonceSecret`, problems),
  };
}

/** What RFC 9068 (section 2.2) has in every access token, beside `exp`, `iss` and `aud`. */
const RFC9068_CLAIMS = ['sub', 'client_id', 'iat', 'jti'];

function normalizeJwt(authored: AuthoredJwt, pointer: string, problems: PolicyProblems): Omit<JwtPolicy, 'place'> {
  const symmetric = authored.algorithms.some((algorithm) => algorithm.startsWith('HS'));
  const mixed = symmetric && authored.algorithms.some((algorithm) => !algorithm.startsWith('HS'));
  if (mixed) {
    // Key confusion: the public key of RS256, which everybody has, used as the secret of HS256.
    problems.add(
      'POLICY_ALGORITHMS_UNSAFE',
      `${pointer}/algorithms`,
      'HS… stands beside asymmetric algorithms',
      'Keep one family: a public key must never be tried as a shared secret.',
    );
  }
  const keys = keySource(authored, pointer, problems);
  if (symmetric && !mixed && keys.from !== 'file' && !problems.touches(`${pointer}/jwks`)) {
    problems.add(
      'POLICY_ALGORITHMS_UNSAFE',
      `${pointer}/algorithms`,
      'HS… needs its key in a file',
      'Name a JWKS file under jwks: a shared secret is never published at a URL.',
    );
  }
  const strict = authored.profile === 'rfc9068';
  if (strict && authored.types !== undefined)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/types`,
      'the profile rfc9068 says which types are accepted',
      'Remove types, or the profile.',
    );
  return {
    kind: 'jwt',
    issuer: authored.issuer,
    audiences: unique(typeof authored.audience === 'string' ? [authored.audience] : authored.audience),
    algorithms: unique<JwsAlgorithm>(authored.algorithms),
    keys,
    clockToleranceSeconds: Math.ceil(authored.clockTolerance / 1000),
    types: strict
      ? ['at+jwt']
      : authored.types === undefined
        ? null
        : unique(authored.types.map((type) => type.toLowerCase().replace(/^application\//, ''))),
    requiredClaims: unique([...(strict ? RFC9068_CLAIMS : []), ...authored.requiredClaims]),
    claims: authored.claims,
    maxTokenBytes: authored.maxTokenBytes,
    clients: authored.clients === undefined ? null : unique(authored.clients),
    maxStaleMs: authored.maxStale,
    dpop: normalizeDpop(authored.dpop, `${pointer}/dpop`, problems),
    forwardCredential: authored.forwardCredential,
  };
}

/** Tokens of our own: what they are like is said once, where they are issued. */
function normalizeSelf(
  authored: AuthoredSelf,
  pointer: string,
  tokens: AuthoredTokens,
  place: Place,
  problems: PolicyProblems,
): Omit<JwtPolicy, 'place'> {
  if (tokens === undefined) missingTokens(place, problems);
  const issuer = tokens?.issuer ?? '';
  return {
    kind: 'jwt',
    issuer,
    audiences: [tokens?.audience ?? issuer],
    algorithms: ['ES256', 'EdDSA', 'Ed25519'],
    keys: { from: 'self' },
    clockToleranceSeconds: Math.ceil(authored.clockTolerance / 1000),
    types: ['at+jwt'],
    requiredClaims: RFC9068_CLAIMS,
    claims: authored.claims,
    maxTokenBytes: 8192,
    clients: null,
    maxStaleMs: 0,
    dpop: normalizeDpop(authored.dpop, `${pointer}/dpop`, problems),
    forwardCredential: authored.forwardCredential,
  };
}

function keySource(authored: AuthoredJwt, pointer: string, problems: PolicyProblems): KeySetSource {
  const { issuer, jwks } = authored;
  // With keys of its own an issuer may be any name; one that is to be asked, or looks like a URL, must be a safe one (RFC 8414, section 2).
  if (jwks === undefined || /^https?:/i.test(issuer))
    checkUrl(issuer, { plain: 'loopback', query: false }, `${pointer}/issuer`, problems);
  if (jwks === undefined) return { from: 'discovery', issuer };
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(jwks)) return { from: 'file', path: jwks };
  checkUrl(jwks, { plain: 'loopback', query: true }, `${pointer}/jwks`, problems);
  return { from: 'url', url: jwks };
}
