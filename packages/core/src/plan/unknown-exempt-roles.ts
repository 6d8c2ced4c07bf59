import type { ConfigurationProblem } from '../configuration-error.ts';
import type { ApiDocument } from '../openapi/model.ts';
import { hintFor, knownRoles } from '../policy/check-roles-against.ts';
import { readOperationExtension } from '../policy/operation-policy.ts';
import type { OwnedResource } from '../policy/ownership-policy.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Warns of roles that ownership excepts (`unless.roles`) and nothing declares, where the policy declares roles: whoever should be asked nothing is asked all the same.
 * No error: an issuer may give out roles that the policy does not know.
 */
export function unknownExemptRoles(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  const declared = policy.roles?.roles;
  if (declared === undefined || policy.modes.ownership === 'off') return [];
  const known = knownRoles(document, declared);
  return resourcesOf(document, policy).flatMap(({ name, unless, place }) =>
    unless.roles
      .filter((role) => !known.has(role))
      .map((role) => ({
        ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
        code: 'OWNERSHIP_ROLE_UNKNOWN' as const,
        path: place?.pointer ?? '',
        message: `the role ${JSON.stringify(role)}, which ownership of ${name} excepts, is not declared under authorization.roles`,
        hint: hintFor(role, declared.keys()),
      })),
  );
}

/** Those of the policy file, and those that operations of the document declare themselves. */
function resourcesOf(document: ApiDocument, policy: Policy): OwnedResource[] {
  const stated = document.operations.flatMap(
    (operation) => readOperationExtension(operation, null).policy.owners ?? [],
  );
  return [...(policy.ownership?.resources.values() ?? []), ...stated.filter((one) => typeof one !== 'string')];
}
