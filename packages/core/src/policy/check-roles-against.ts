import type { ApiDocument } from '../openapi/model.ts';
import { joinPointer } from '../json/json-pointer.ts';
import type { AddProblem } from './policy-problems.ts';
import { isPublic, PermittedOperations } from './permitted-operations.ts';
import type { Policy } from './policy.ts';
import type { AuthenticationPolicy } from './authentication-policy.ts';
import { suggestName } from './suggest-name.ts';

/**
 * Every permission that covers nothing of the document, or only what anyone may call, and every role that a credential of the policy has
 * and nothing knows. Where no roles are declared, roles of credentials mean what the document and the upstream make of them.
 */
export function checkRolesAgainst(document: ApiDocument, policy: Policy, add: AddProblem): void {
  const declared = policy.roles ?? null;
  if (declared === null) return;
  const permitted = new PermittedOperations(document);
  for (const { permissions } of declared.roles.values())
    for (const { text, place } of permissions) {
      const reading = permitted.read(text);
      if (!reading.ok) {
        const code = reading.problem === 'unknown' ? 'POLICY_PERMISSION_UNKNOWN' : 'POLICY_PERMISSION_AMBIGUOUS';
        add(code, place, '', reading.message, reading.hint);
      } else if (
        reading.cover.scopes.length === 0 &&
        reading.cover.operations.every((index) => {
          const operation = document.operations[index];
          return operation === undefined || isPublic(operation);
        })
      )
        add(
          'POLICY_PERMISSION_PUBLIC',
          place,
          '',
          'anyone may call what this permission covers: the document asks for no credential there',
          'Declare security for the operation in the document, or remove the permission.',
        );
    }
  const known = knownRoles(document, declared.roles);
  for (const entry of policy.authentication.values())
    for (const { role, below } of rolesOfCredentials(entry))
      if (!known.has(role))
        add('POLICY_ROLE_UNKNOWN', entry.place, below, 'there is no such role', hintFor(role, declared.roles.keys()));
}

/** The declared roles, and the names that the document asks of credentials that are no OAuth tokens: OpenAPI 3.1 calls those roles too. */
export function knownRoles(
  document: Pick<ApiDocument, 'operations' | 'securitySchemes'>,
  declared: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const known = new Set(declared.keys());
  for (const { security } of document.operations)
    for (const alternative of security ?? [])
      for (const { scheme, scopes } of alternative) {
        const type = document.securitySchemes.get(scheme)?.type;
        if (type === 'oauth2' || type === 'openIdConnect') continue;
        for (const name of scopes) known.add(name);
      }
  return known;
}

/** What to write instead of a role that nothing knows. */
export function hintFor(role: string, declared: Iterable<string>): string {
  const near = suggestName(role, declared);
  return near === null ? 'Declare it under authorization.roles.' : `Did you mean ${near}?`;
}

/** The roles that an entry of `authentication` gives by itself, each with where it stands below the entry. */
function rolesOfCredentials(entry: AuthenticationPolicy): { readonly role: string; readonly below: string }[] {
  const under = (roles: readonly string[], below: string): { readonly role: string; readonly below: string }[] =>
    roles.map((role) => ({ role, below }));
  if (entry.kind === 'api-key' && entry.keys.from === 'inline')
    return entry.keys.entries.flatMap(({ roles }, index) => under(roles, `/keys/${index}/roles`));
  if (entry.kind !== 'certificate') return [];
  const allowed = [...(entry.allowed?.values() ?? [])].flatMap(({ roles }, index) =>
    under(roles, `/allowed/${index}/roles`),
  );
  const mapped = [...(entry.rolesFrom ?? [])].flatMap(([part, values]) =>
    [...values].flatMap(([value, roles]) => under(roles, joinPointer('/rolesFrom', part, value))),
  );
  return [...under(entry.roles, '/roles'), ...allowed, ...mapped];
}
