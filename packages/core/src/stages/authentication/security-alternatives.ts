import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { Principal } from '../../principal.ts';

/** One scheme of an alternative, with what the document wants of it. */
export interface RequiredScheme {
  /** Index into `OperationSecurity.schemes`, and so into `Exchange.credentials`. */
  readonly scheme: number;
  readonly names: readonly string[];
  /**
   * `scopes` for oauth2 and openIdConnect. For other types OpenAPI 3.1 calls the names roles and 3.0 forbids them, but documents
   * use them as scopes; since both were granted by whoever vouches for the credential, a name may stand among scopes or roles.
   */
  readonly as: 'scopes' | 'scopes-or-roles';
}

/** One alternative of `security`: all of its schemes have to be proved (AND). Never empty. */
export interface SecurityAlternative {
  /** Index into the operation's `security`. */
  readonly index: number;
  readonly requires: readonly RequiredScheme[];
}

/** An operation's `security`, read once for authentication and authorization alike. */
export interface OperationSecurity {
  /** Names of the schemes, each once, in the order in which they appear. */
  readonly schemes: readonly string[];
  readonly alternatives: readonly SecurityAlternative[];
  /** True where `security` is absent or empty, or one alternative is. */
  readonly anonymous: boolean;
  /** Index of the empty alternative in the operation's `security`; 0 where there is none. */
  readonly anonymousIndex: number;
}

/** Reads an operation's `security`. A scheme that the document does not have is kept: who compiles it reports it. */
export function readSecurity(operation: Operation, document: ApiDocument): OperationSecurity {
  const schemes: string[] = [];
  const alternatives: SecurityAlternative[] = [];
  let anonymousIndex = -1;
  for (const [index, requirement] of (operation.security ?? []).entries()) {
    if (requirement.length === 0 && anonymousIndex < 0) anonymousIndex = index;
    if (requirement.length === 0) continue;
    const requires = requirement.map(({ scheme, scopes }): RequiredScheme => {
      if (!schemes.includes(scheme)) schemes.push(scheme);
      const type = document.securitySchemes.get(scheme)?.type;
      return {
        scheme: schemes.indexOf(scheme),
        names: scopes,
        as: type === 'oauth2' || type === 'openIdConnect' ? 'scopes' : 'scopes-or-roles',
      };
    });
    alternatives.push({ index, requires });
  }
  return {
    schemes,
    alternatives,
    anonymous: alternatives.length === 0 || anonymousIndex >= 0,
    anonymousIndex: Math.max(anonymousIndex, 0),
  };
}

/** True when every scheme of the alternative was proved. */
export function isProved(alternative: SecurityAlternative, credentials: readonly CredentialFact[]): boolean {
  for (const required of alternative.requires) if (credentials[required.scheme]?.state !== 'proved') return false;
  return true;
}

/** The names of `required` that the principal does not have. */
export function missingNames(required: RequiredScheme, principal: Principal): readonly string[] {
  return required.names.filter((name) => !hasName(name, required, principal));
}

function hasName(name: string, required: RequiredScheme, principal: Principal): boolean {
  return principal.scopes.has(name) || (required.as !== 'scopes' && principal.roles.includes(name));
}

/** True when each scheme's own principal has what the document wants of that scheme: scopes of one credential never stand in for another's. */
export function hasScopes(alternative: SecurityAlternative, credentials: readonly CredentialFact[]): boolean {
  for (const required of alternative.requires) {
    if (required.names.length === 0) continue;
    const fact = credentials[required.scheme];
    if (fact?.state !== 'proved') return false;
    for (const name of required.names) if (!hasName(name, required, fact.principal)) return false;
  }
  return true;
}
