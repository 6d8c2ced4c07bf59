import type {
  ApiKeyEntry,
  ApiKeyPolicy,
  AuthenticationPolicy,
  BasicPolicy,
  CertificatePolicy,
  DpopPolicy,
  Grants,
  IntrospectionPolicy,
  IssuersPolicy,
  JwsAlgorithm,
  JwtPolicy,
  KeySetSource,
  Place,
  TokenPolicy,
} from './policy.ts';
import { CERTIFICATE_PARTS } from './policy.ts';
import { checkUrl } from './check-url.ts';
import { joinPointer } from '../json/json-pointer.ts';
import { normalizeClient, referredSecret } from './normalize-client.ts';
import { normalizeLogin } from './normalize-login.ts';
import type { PolicyProblems } from './policy-problems.ts';
import type { PolicySource } from './policy-statements.ts';
import { missingTokens } from './normalize-tokens.ts';
import type { tokensShape } from './schema-tokens.ts';
import type { authenticationShape } from './schema-authentication.ts';
import type { JsonValue } from '../json/json-value.ts';
import type { Read } from './shape.ts';

type Authored = Read<typeof authenticationShape>;
type AuthoredToken = Extract<Authored, { variant: 'jwt' | 'introspection' | 'self' }>;
type AuthoredSelf = Extract<Authored, { variant: 'self' }>['value'];
type AuthoredTokens = Read<typeof tokensShape> | undefined;
type AuthoredJwt = Extract<Authored, { variant: 'jwt' }>['value'];
type AuthoredIntrospection = Extract<Authored, { variant: 'introspection' }>['value'];
type AuthoredApiKey = Extract<Authored, { variant: 'api-key' }>['value'];
type AuthoredCertificate = Extract<Authored, { variant: 'certificate' }>['value'];
type AuthoredBasic = Extract<Authored, { variant: 'basic' }>['value'];

/** SHA-256 of nothing: whoever wrote it hashed an unset variable, and the empty key would be accepted. */
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Turns authored entries of `authentication` into canonical ones; adds what is unsafe or contradicts itself. */
export function normalizeAuthentication(
  authored: ReadonlyMap<string, Authored>,
  source: PolicySource,
  problems: PolicyProblems,
  tokens?: AuthoredTokens,
): Map<string, AuthenticationPolicy> {
  const entries = new Map<string, AuthenticationPolicy>();
  for (const [name, entry] of authored) {
    const pointer = joinPointer('/authentication', name);
    const place = source.place(pointer);
    if (!('variant' in entry)) entries.set(name, normalizeIssuers(entry, pointer, source, problems, tokens));
    else if (entry.variant === 'jwt' || entry.variant === 'introspection' || entry.variant === 'self')
      entries.set(name, normalizeToken(entry, pointer, source, problems, tokens));
    else if (entry.variant === 'api-key')
      entries.set(name, { ...normalizeApiKey(entry.value, pointer, problems), place });
    else if (entry.variant === 'certificate')
      entries.set(name, { ...normalizeCertificate(entry.value, `${pointer}/allowed`, problems), place });
    else if (entry.variant === 'login')
      entries.set(name, { ...normalizeLogin(name, entry.value.login, pointer, problems), place });
    else entries.set(name, { ...normalizeBasic(name, entry.value), place });
  }
  return entries;
}

/** Reads one issuer of tokens, which stands at `pointer`. */
export function normalizeToken(
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

function normalizeIssuers(
  authored: readonly AuthoredToken[],
  pointer: string,
  source: PolicySource,
  problems: PolicyProblems,
  tokens: AuthoredTokens,
): IssuersPolicy {
  const entries: TokenPolicy[] = [];
  const forwarding = new Set<boolean>();
  authored.forEach((one, index) => {
    const at = joinPointer(pointer, index);
    const entry = normalizeToken(one, at, source, problems, tokens);
    if (entry.issuer !== null && entries.some((other) => other.issuer === entry.issuer))
      problems.add(
        'POLICY_DUPLICATE',
        `${at}/issuer`,
        'another entry of the list is for this issuer',
        'Keep one entry for each issuer: iss of a token picks the entry.',
      );
    if (entry.kind === 'introspection' && entries.some((other) => other.kind === 'introspection'))
      problems.add(
        'POLICY_CONTRADICTION',
        `${at}/introspection`,
        'two entries of the list introspect tokens',
        'Keep one: an opaque token does not say whose it is, and must not be shown to strangers.',
      );
    forwarding.add(entry.forwardCredential);
    entries.push(entry);
  });
  if (forwarding.size > 1)
    problems.add(
      'POLICY_CONTRADICTION',
      pointer,
      'the entries of the list differ in forwardCredential',
      'Say the same in each: what goes upstream is a matter of the scheme.',
      'key',
    );
  return { kind: 'issuers', entries, forwardCredential: forwarding.has(true), place: source.place(pointer) };
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

function normalizeApiKey(
  authored: AuthoredApiKey,
  pointer: string,
  problems: PolicyProblems,
): Omit<ApiKeyPolicy, 'place'> {
  if (authored.allowInQuery)
    problems.warn(
      'POLICY_KEY_IN_QUERY',
      `${pointer}/allowInQuery`,
      'API keys are taken from the query',
      'URLs end up in logs and histories; declare the key in a header.',
    );
  return {
    kind: 'api-key',
    keys: keysOf(authored.keys, `${pointer}/keys`, problems),
    allowInQuery: authored.allowInQuery,
    forwardCredential: authored.forwardCredential,
  };
}

function keysOf(keys: AuthoredApiKey['keys'], pointer: string, problems: PolicyProblems): ApiKeyPolicy['keys'] {
  if (typeof keys === 'string') {
    if (keys === 'store') return { from: 'store' };
    const scheme = /^(vault:|[a-z][a-z0-9+.-]*:\/\/)/i.exec(keys);
    if (scheme !== null)
      problems.add(
        'POLICY_NOT_YET',
        pointer,
        'keys from anywhere but the store or a file are not available in this version',
        'Write store, the path of a file of keys, or list them here by their SHA-256.',
      );
    return { from: 'file', path: keys };
  }
  const entries: ApiKeyEntry[] = [];
  const seen = new Map<string, 'id' | 'sha256'>();
  keys.forEach((key, index) => {
    const at = joinPointer(pointer, index);
    const sha256 = key.sha256.toLowerCase();
    if (sha256 === SHA256_OF_NOTHING)
      problems.add(
        'POLICY_KEY_UNSAFE',
        `${at}/sha256`,
        'this is the SHA-256 of nothing',
        'Hash the key itself; the variable that held it was empty.',
      );
    if (seen.has(`id ${key.id}`))
      problems.add(
        'POLICY_DUPLICATE',
        `${at}/id`,
        'another key has this id',
        'Give each key its own id, or a refusal cannot be told apart.',
      );
    if (seen.has(`sha256 ${sha256}`))
      problems.add(
        'POLICY_DUPLICATE',
        `${at}/sha256`,
        'another entry is the same key',
        'Give each user a key of their own.',
      );
    seen.set(`id ${key.id}`, 'id').set(`sha256 ${sha256}`, 'sha256');
    const attributes: Readonly<Record<string, JsonValue>> = Object.fromEntries(key.attributes);
    entries.push({
      id: key.id,
      sha256,
      subject: key.subject ?? key.id,
      scopes: unique(key.scopes),
      roles: unique(key.roles),
      attributes,
      expiresAtMs: key.expires ?? null,
    });
  });
  return { from: 'inline', entries };
}

function normalizeBasic(name: string, authored: AuthoredBasic): Omit<BasicPolicy, 'place'> {
  // A realm is a quoted string of WWW-Authenticate: nothing that could end it gets in.
  const realm = (authored.realm ?? name).replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
  return {
    kind: 'basic',
    users: { from: 'file', path: authored.users },
    realm,
    forwardCredential: authored.forwardCredential,
  };
}

function normalizeCertificate(
  authored: AuthoredCertificate,
  pointer: string,
  problems: PolicyProblems,
): Omit<CertificatePolicy, 'place'> {
  let allowed: Map<string, Grants> | null = null;
  if (authored.allowed !== undefined) {
    allowed = new Map();
    for (const [index, entry] of authored.allowed.entries()) {
      if (entry === undefined) continue;
      const { subject, scopes, roles } = typeof entry === 'string' ? { subject: entry, scopes: [], roles: [] } : entry;
      if (allowed.has(subject))
        problems.add('POLICY_DUPLICATE', joinPointer(pointer, index), 'this client stands here twice', 'Keep one.');
      allowed.set(subject, { scopes: unique(scopes), roles: unique(roles) });
    }
  }
  return {
    kind: 'certificate',
    subject: authored.subject,
    allowed,
    scopes: unique(authored.scopes),
    roles: unique(authored.roles),
    rolesFrom: new Map(
      CERTIFICATE_PARTS.flatMap((part) => {
        const values = authored.rolesFrom[part];
        return values === undefined
          ? []
          : [[part, new Map([...values].map(([value, roles]) => [value, unique(roles)]))] as const];
      }),
    ),
    forwardCredential: false,
  };
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values.filter(() => true))];
}
