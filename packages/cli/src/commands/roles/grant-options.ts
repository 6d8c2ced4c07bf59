import { InvalidArgumentError } from 'commander';
import {
  ROLE_NAME,
  suggestName,
  type ApiDocument,
  type AuthenticationPolicy,
  type Policy,
  type RolesPolicy,
} from '@sallyport/core';
import type { GrantKey, StoredGrant } from '@sallyport/gateway';
import type { OpenedStore } from '../keys/store-command.ts';

const ROLE = new RegExp(ROLE_NAME.pattern, 'u');

export function readRole(text: string): string {
  if (ROLE.test(text)) return text;
  throw new InvalidArgumentError('A role is 1 to 128 characters without comma and control characters.');
}

/** The roles of the policy. Throws where grants in the store would count for nothing. */
export function grantedRoles({ policy }: Pick<OpenedStore, 'policy'>): RolesPolicy {
  const roles = policy.roles ?? null;
  if (roles?.grants === 'store') return roles;
  throw new Error(
    'the policy takes no roles from the store; declare roles and write `authorization: { grants: store, roles: … }`',
  );
}

/** A role that the policy declares, or an error with the nearest. */
export function declaredRole({ roles }: RolesPolicy, role: string): string {
  if (roles.has(role)) return role;
  const near = suggestName(role, roles.keys());
  throw new Error(
    `the policy declares no role ${JSON.stringify(role)}${near === null ? `; it has: ${[...roles.keys()].slice(0, 20).join(', ')}` : `; is ${JSON.stringify(near)} meant?`}`,
  );
}

/**
 * The issuer whose subject is meant: the one that is named, or the only one there is. A subject is a name that its issuer gave; the same
 * name at another is somebody else, so that it is never guessed.
 */
export function issuerFor({ policy, document }: OpenedStore, named: string | undefined): string {
  const issuers = issuersOf(policy, document);
  const known = [...new Set(issuers.flatMap((issuer) => (issuer === null ? [] : [issuer])))];
  if (named !== undefined) {
    // Tokens may be introspected whose issuer the policy does not name.
    if (known.includes(named) || issuers.includes(null)) return named;
    const near = suggestName(named, known);
    throw new Error(
      `${named} is no issuer of the policy${near === null ? `; these are: ${known.join(', ')}` : `; is ${near} meant?`}`,
    );
  }
  const [only, ...others] = known;
  if (only === undefined || others.length > 0 || issuers.includes(null))
    throw new Error(
      `a subject is known to one issuer; name it with --issuer: ${known.join(', ')}${issuers.includes(null) ? ' or another' : ''}`,
    );
  return only;
}

/** What principals have as their issuer: `iss` of tokens, else the name of the scheme. Null stands for any. */
function issuersOf(policy: Policy, document: ApiDocument): (string | null)[] {
  const of = (scheme: string, entry: AuthenticationPolicy): (string | null)[] => {
    if (entry.kind === 'jwt') return [entry.issuer];
    if (entry.kind === 'introspection') return [entry.issuer, scheme];
    if (entry.kind === 'issuers') return entry.entries.flatMap((one) => of(scheme, one));
    return [scheme];
  };
  return [...policy.authentication].flatMap(([scheme, entry]) =>
    document.securitySchemes.has(scheme) ? of(scheme, entry) : [],
  );
}

export function stateOfGrant(
  { revokedAtMs, expiresAtMs }: Pick<StoredGrant, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): 'active' | 'revoked' | 'expired' {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active';
}

/** A grant as it is shown. */
export function shownGrant(grant: StoredGrant, nowMs: number): Readonly<Record<string, unknown>> {
  const date = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
  const { subject, role, issuer, reason, grantedBy } = grant;
  return {
    subject,
    role,
    issuer,
    state: stateOfGrant(grant, nowMs),
    reason,
    grantedBy,
    granted: date(grant.grantedAtMs),
    expires: date(grant.expiresAtMs),
    revoked: date(grant.revokedAtMs),
    lastSeen: date(grant.lastSeenAtMs),
  };
}

/** The command that takes a grant back. */
export function revokeLine({ subject, role, issuer }: GrantKey): string {
  return `sallyport roles revoke ${quoted(subject)} ${quoted(role)} --issuer ${quoted(issuer)}`;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
