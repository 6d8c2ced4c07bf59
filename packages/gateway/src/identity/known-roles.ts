import { hintFor, knownRoles, type ApiDocument, type Policy } from '@sallyport/core';

/** The roles that a file of credentials may name. */
export interface KnownRoles {
  has(role: string): boolean;
  /** What to write instead of one that may not stand there. */
  hint(role: string): string;
}

export const ANY_ROLE: KnownRoles = { has: () => true, hint: () => '' };

/** Those of the policy and the document; any where the policy declares none, for then the upstream may know them. */
export function knownRolesOf(policy: Policy, document: ApiDocument): KnownRoles {
  const declared = policy.roles?.roles;
  if (declared === undefined) return ANY_ROLE;
  const known = knownRoles(document, declared);
  return { has: (role) => known.has(role), hint: (role) => hintFor(role, declared.keys()) };
}
