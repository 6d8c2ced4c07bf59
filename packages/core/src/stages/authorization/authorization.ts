import { bearerChallenge, dpopChallenge } from '../authentication/challenge.ts';
import { dpopOf } from '../authentication/compile-schemes.ts';
import { deny } from '../../verdict/denial.ts';
import { modesFor } from '../../policy/operation-policy.ts';
import { missingNames, readSecurity, type SecurityAlternative } from '../authentication/security-alternatives.ts';
import type { CompileContext, Stage } from '../stage.ts';
import type { Operation } from '../../openapi/model.ts';

/** What one alternative of `security` demands beyond proof. */
interface DemandingAlternative extends SecurityAlternative {
  /** Headers of the denial: a Bearer challenge where a token lacks scopes (RFC 6750, section 3.1). */
  readonly headers: readonly string[];
  /** The same for a token that came with a DPoP proof (RFC 9449, section 7.1). */
  readonly dpopHeaders: readonly string[];
}

export interface AuthorizationRule {
  /** Names of the schemes, in the order of `Exchange.credentials`. */
  readonly schemes: readonly string[];
  /** By index in the operation's `security`; alternatives that demand nothing are not in it. */
  readonly alternatives: ReadonlyMap<number, DemandingAlternative>;
}

/**
 * Asks the proved alternative for the scopes and roles that the document declares: all of them, of each scheme's own credential.
 * Authentication took an alternative whose scopes hold where there was one. Where nothing was proved (authentication is off or
 * only observed) nothing is held either, and it denies.
 */
export const authorization: Stage<AuthorizationRule> = {
  name: 'authorization',
  compile(operation, context) {
    const { document } = context;
    const security = readSecurity(operation, document);
    const alternatives = new Map<number, DemandingAlternative>();
    for (const alternative of security.alternatives) {
      if (alternative.requires.every((required) => required.names.length === 0)) continue;
      const headers: string[] = [];
      const dpopHeaders: string[] = [];
      for (const required of alternative.requires) {
        const name = security.schemes[required.scheme] ?? '';
        const scheme = document.securitySchemes.get(name);
        const token =
          scheme?.type === 'oauth2' ||
          scheme?.type === 'openIdConnect' ||
          (scheme?.type === 'http' && ['bearer', 'dpop'].includes(scheme.scheme.toLowerCase()));
        if (!token || required.names.length === 0) continue;
        const { algorithms } = dpopOf(context.policy.authentication.get(name));
        headers.push('WWW-Authenticate', bearerChallenge(document.title, required.names, 'insufficient_scope'));
        dpopHeaders.push(
          'WWW-Authenticate',
          dpopChallenge(document.title, algorithms, required.names, 'insufficient_scope'),
        );
      }
      alternatives.set(alternative.index, { ...alternative, headers, dpopHeaders });
    }
    if (alternatives.size > 0 && modesFor(context.policy, operation).authentication === 'off')
      reportUnproved(operation, context);
    return alternatives.size === 0 ? null : { schemes: security.schemes, alternatives };
  },
  decide(rule, exchange) {
    const { securityAlternative, credentials } = exchange;
    if (securityAlternative === -1)
      return deny('AUTHZ_SCOPE_MISSING', 'authorization', { rule: 'security', facts: { proved: false } });
    const alternative = rule.alternatives.get(securityAlternative);
    if (alternative === undefined) return null;
    for (const required of alternative.requires) {
      if (required.names.length === 0) continue;
      const fact = credentials[required.scheme];
      const missing = fact?.state === 'proved' ? missingNames(required, fact.principal) : required.names;
      if (missing.length === 0) continue;
      return deny('AUTHZ_SCOPE_MISSING', 'authorization', {
        rule: `security/${rule.schemes[required.scheme]}`,
        detail: `The operation needs ${required.names.join(', ')}.`,
        facts: { missing: missing.join(' ') },
        headers: fact?.state === 'proved' && fact.as === 'dpop' ? alternative.dpopHeaders : alternative.headers,
      });
    }
    return null;
  },
  describe(rule) {
    return [...rule.alternatives.values()].map(({ requires }) =>
      requires
        .filter(({ names }) => names.length > 0)
        .map(
          ({ scheme, names, as }) =>
            `${as === 'scopes' ? 'scopes' : 'scopes or roles'} ${names.join(', ')} of ${rule.schemes[scheme]}`,
        )
        .join(' and '),
    );
  },
};

/** Scopes that nobody can prove would refuse every request; whoever switched authentication off did not mean that. */
function reportUnproved(operation: Operation, context: CompileContext): void {
  context.problems.push({
    ...context.document.locate(operation),
    code: 'AUTHZ_WITHOUT_AUTHENTICATION',
    path: operation.pointer,
    message: `operation ${operation.id} asks for scopes, and authentication, which would prove them, is off for it`,
    hint: 'Switch authorization off for it too, or authentication on.',
  });
}
