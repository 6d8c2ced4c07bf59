import type { ApiDocument, Operation } from '../openapi/model.ts';
import type { SourceLocation } from '../configuration-error.ts';
import { joinPointer } from '../json/json-pointer.ts';
import { parsePermission } from '../policy/permission.ts';
import { isPublic, PermittedOperations, type PermissionCover } from '../policy/permitted-operations.ts';
import type { PermissionPolicy, Policy, RolesPolicy } from '../policy/policy.ts';
import type { Place } from '../policy/place.ts';

/** A role that somebody was granted in the store and that was not taken back. */
export interface ReviewedGrant {
  readonly issuer: string;
  readonly subject: string;
  readonly role: string;
  readonly grantedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastSeenAtMs: number | null;
}

/** What roles are reviewed against: who has which, what they were used for, and what time it is. */
export interface RoleReview {
  readonly grants: readonly ReviewedGrant[];
  /** For each role the ids of the operations that somebody who had it, by inheritance or not, was let through to. Null where no traffic was looked at. */
  readonly traffic: ReadonlyMap<string, ReadonlySet<string>> | null;
  readonly nowMs: number;
  /** How long a subject may stay away before its grant is told of. */
  readonly unseenMs: number;
}

/** What gives more than is needed, and what to do about it. */
export type RoleFinding =
  | {
      readonly kind: 'grant-expired' | 'grant-unseen' | 'grant-undeclared';
      readonly role: string;
      readonly message: string;
      readonly grant: ReviewedGrant;
    }
  | {
      readonly kind: 'role-unused' | 'permission-unused' | 'wildcard';
      readonly role: string;
      readonly message: string;
      /** Where in the policy it stands. */
      readonly at: SourceLocation & { readonly path: string };
      /** What stands there: the name of the role, or the permission. */
      readonly remove: string;
      /** Permissions to write instead; empty: nothing. Null where there are too many to name. */
      readonly write: readonly string[] | null;
      /** Other places of the policy where the role is named, and has to go too. */
      readonly also: readonly (SourceLocation & { readonly path: string })[];
    };

/** Permissions that are proposed in place of a wildcard, at most. */
const MAX_WRITTEN = 50;

/**
 * Least privilege as a list: grants that expired, whose subject stays away or whose role is gone; roles that nobody used, permissions that nobody
 * exercised (where traffic is known), and wildcards with what to write instead. In the order of the policy, grants last.
 */
export function reviewRoles(document: ApiDocument, policy: Policy, review: RoleReview): readonly RoleFinding[] {
  const declared = policy.roles ?? null;
  if (declared === null) return [];
  const locate = (place: Place): SourceLocation & { readonly path: string } => ({
    ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
    path: place?.pointer ?? '',
  });
  const findings: RoleFinding[] = [];
  const permitted = new PermittedOperations(document);
  for (const [name, role] of declared.roles) {
    const used = review.traffic?.get(name) ?? null;
    if (review.traffic !== null && used === null) {
      const also = mentions(name, declared).map(locate);
      const message = 'nobody who was let through had this role';
      findings.push({
        kind: 'role-unused',
        role: name,
        message,
        at: locate(role.place),
        remove: name,
        write: [],
        also,
      });
      continue;
    }
    for (const permission of role.permissions) {
      const found = reviewPermission(permission, document, permitted, used);
      if (found !== null) findings.push({ ...found, role: name, at: locate(permission.place), also: [] });
    }
  }
  return [...findings, ...review.grants.flatMap((grant) => reviewGrant(grant, declared, review))];
}

type PermissionFinding = Pick<Extract<RoleFinding, { remove: string }>, 'kind' | 'message' | 'remove' | 'write'>;

function reviewPermission(
  { text }: PermissionPolicy,
  document: ApiDocument,
  permitted: PermittedOperations,
  used: ReadonlySet<string> | null,
): PermissionFinding | null {
  const reading = permitted.read(text);
  if (!reading.ok) return null;
  const parts = partsOf(reading.cover, document, permitted);
  const exercised = used === null ? parts : parts.filter(({ operations }) => operations.some(({ id }) => used.has(id)));
  if (exercised.length === 0)
    return {
      kind: 'permission-unused',
      message: 'nobody with the role called what it covers',
      remove: text,
      write: [],
    };
  if (!parsePermission(text).wildcard) return null;
  const covered = `covers ${parts.length} ${reading.cover.scopes.length > 0 ? 'scopes' : 'operations'}, and whatever the document adds`;
  return {
    kind: 'wildcard',
    message:
      used === null
        ? covered
        : `${covered}; ${exercised.length} of them ${exercised.length === 1 ? 'was' : 'were'} used`,
    remove: text,
    write: exercised.length > MAX_WRITTEN ? null : exercised.map(({ permission }) => permission),
  };
}

/** What a permission covers, piece by piece: each with the permission that covers it alone. Public operations need none. */
function partsOf(
  { operations, scopes }: PermissionCover,
  document: ApiDocument,
  names: PermittedOperations,
): { readonly permission: string; readonly operations: readonly Operation[] }[] {
  const asked = (scope: string): Operation[] =>
    document.operations.filter(({ security }) =>
      (security ?? []).some((alternative) => alternative.some((required) => required.scopes.includes(scope))),
    );
  const named = operations.flatMap((index) => {
    const operation = document.operations[index];
    return operation === undefined || isPublic(operation) ? [] : [operation];
  });
  return [
    ...scopes.map((scope) => ({
      permission: names.read(scope).ok ? scope : `scope:${scope}`,
      operations: asked(scope),
    })),
    ...named.map((operation) => ({
      permission: names.read(operation.id).ok ? operation.id : `operation:${operation.id}`,
      operations: [operation],
    })),
  ];
}

/** Where other roles inherit this one. */
function mentions(name: string, { roles }: RolesPolicy): Place[] {
  return [...roles.values()].flatMap(({ inherits, place }) => {
    const index = inherits.indexOf(name);
    if (index < 0 || place === null) return [];
    return [{ file: place.file, pointer: joinPointer(place.pointer, 'inherits', index) }];
  });
}

function reviewGrant(
  grant: ReviewedGrant,
  { roles }: RolesPolicy,
  { nowMs, unseenMs }: RoleReview,
): readonly RoleFinding[] {
  const found = (kind: 'grant-expired' | 'grant-unseen' | 'grant-undeclared', message: string): RoleFinding[] => [
    { kind, role: grant.role, message, grant },
  ];
  const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
  if (grant.expiresAtMs !== null && grant.expiresAtMs <= nowMs)
    return found('grant-expired', `expired on ${day(grant.expiresAtMs)}`);
  if (!roles.has(grant.role)) return found('grant-undeclared', 'the policy declares no such role');
  // One that was made a minute ago and is not in use yet is no finding.
  if (Math.max(grant.lastSeenAtMs ?? 0, grant.grantedAtMs) > nowMs - unseenMs) return [];
  return found(
    'grant-unseen',
    grant.lastSeenAtMs === null
      ? `the subject was never seen since ${day(grant.grantedAtMs)}`
      : `the subject was last seen on ${day(grant.lastSeenAtMs)}`,
  );
}
