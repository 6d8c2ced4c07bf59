import type {
  ApiKeyEntry,
  ApiKeyPolicy,
  AuthenticationPolicy,
  BasicPolicy,
  JwsAlgorithm,
  JwtPolicy,
  KeySetSource,
} from './policy.ts';
import { checkUrl } from './check-url.ts';
import { joinPointer } from '../json/json-pointer.ts';
import type { PolicyProblems } from './policy-problems.ts';
import type { PolicySource } from './policy-statements.ts';
import type { authenticationShape } from './schema-authentication.ts';
import type { JsonValue } from '../json/json-value.ts';
import type { Read } from './shape.ts';

type Authored = Read<typeof authenticationShape>;
type AuthoredJwt = Extract<Authored, { variant: 'jwt' }>['value'];
type AuthoredApiKey = Extract<Authored, { variant: 'api-key' }>['value'];
type AuthoredBasic = Extract<Authored, { variant: 'basic' }>['value'];

/** SHA-256 of nothing: whoever wrote it hashed an unset variable, and the empty key would be accepted. */
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Turns authored entries of `authentication` into canonical ones; adds what is unsafe or contradicts itself. */
export function normalizeAuthentication(
  authored: ReadonlyMap<string, Authored>,
  source: PolicySource,
  problems: PolicyProblems,
): Map<string, AuthenticationPolicy> {
  const entries = new Map<string, AuthenticationPolicy>();
  for (const [name, entry] of authored) {
    const pointer = joinPointer('/authentication', name);
    const place = source.place(pointer);
    if (entry.variant === 'jwt') entries.set(name, { ...normalizeJwt(entry.value, pointer, problems), place });
    else if (entry.variant === 'api-key')
      entries.set(name, { ...normalizeApiKey(entry.value, pointer, problems), place });
    else entries.set(name, { ...normalizeBasic(name, entry.value), place });
  }
  return entries;
}

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
  return {
    kind: 'jwt',
    issuer: authored.issuer,
    audiences: unique(typeof authored.audience === 'string' ? [authored.audience] : authored.audience),
    algorithms: unique<JwsAlgorithm>(authored.algorithms),
    keys,
    clockToleranceSeconds: Math.ceil(authored.clockTolerance / 1000),
    types:
      authored.types === undefined
        ? null
        : unique(authored.types.map((type) => type.toLowerCase().replace(/^application\//, ''))),
    requiredClaims: unique(authored.requiredClaims),
    claims: authored.claims,
    maxTokenBytes: authored.maxTokenBytes,
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
    const scheme = /^(store$|vault:|[a-z][a-z0-9+.-]*:\/\/)/i.exec(keys);
    if (scheme !== null)
      problems.add(
        'POLICY_NOT_YET',
        pointer,
        'keys from anywhere but a file are not available in this version',
        'Write the path of a file of keys, or list them here by their SHA-256.',
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

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values.filter(() => true))];
}
