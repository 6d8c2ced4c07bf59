import type { Principal } from '../../principal.ts';

/**
 * The principal of an alternative that asks for several credentials at once. Subject, issuer, kind, attributes come from the
 * first token or user, else from the first key: who asks is one, and attributes of different origin are never mixed. Scopes and
 * roles are the union, for information; authorization asks each credential for its own. The request counts as every key of them. One principal is returned as it is.
 */
export function mergePrincipals(principals: readonly Principal[]): Principal {
  const first = principals[0] as Principal;
  if (principals.length === 1) return first;
  const lead = principals.find((principal) => principal.kind === 'token' || principal.kind === 'user') ?? first;
  return Object.freeze({
    kind: lead.kind,
    subject: lead.subject,
    issuer: lead.issuer,
    scopes: new Set(principals.flatMap((principal) => [...principal.scopes])),
    roles: [...new Set(principals.flatMap((principal) => principal.roles))],
    attributes: lead.attributes,
    schemes: [...new Set(principals.flatMap((principal) => principal.schemes))],
    ...keysOf(principals),
    keyId: principals.find((principal) => principal.keyId !== null)?.keyId ?? null,
  });
}

/** Each family once: a key and a token that it obtained are one client. */
function keysOf(principals: readonly Principal[]): Pick<Principal, 'keys'> {
  const keys = new Map(principals.flatMap(({ keys: counted }) => counted ?? []).map((key) => [key.family, key]));
  return keys.size === 0 ? {} : { keys: [...keys.values()] };
}
