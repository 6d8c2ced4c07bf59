import {
  CERTIFICATE_PARTS,
  type ApiKeyEntry,
  type ApiKeyPolicy,
  type AuthenticationPolicy,
  type BasicPolicy,
  type CertificatePolicy,
  type Grants,
  type IssuersPolicy,
  type TokenPolicy,
} from '../authentication-policy.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import type { JsonValue } from '../../json/json-value.ts';
import { normalizeKeyLimits } from './normalize-key-limits.ts';
import { normalizeLogin } from './normalize-login.ts';
import { type AuthoredToken, type AuthoredTokens, normalizeTokenPolicy } from './normalize-token-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { authenticationShape } from '../schema/schema-authentication.ts';
import type { Read } from '../shape.ts';
import { unique } from '../unique.ts';

type Authored = Read<typeof authenticationShape>;
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
      entries.set(name, normalizeTokenPolicy(entry, pointer, source, problems, tokens));
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
    const entry = normalizeTokenPolicy(one, at, source, problems, tokens);
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
    const limits = normalizeKeyLimits(key.limits ?? [], `${at}/limits`, problems);
    entries.push({
      id: key.id,
      sha256,
      subject: key.subject ?? key.id,
      scopes: unique(key.scopes),
      roles: unique(key.roles),
      attributes,
      expiresAtMs: key.expires ?? null,
      ...(limits.length > 0 ? { limits } : {}),
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

/** Reads who is proved by a certificate. */
export function normalizeCertificate(
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
