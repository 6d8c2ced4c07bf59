import {
  apiKeyChallenge,
  basicChallenge,
  bearerChallenge,
  certificateChallenge,
  dpopChallenge,
  sessionChallenge,
} from './challenge.ts';
import { loginOf, type LoginPlace } from './send-to-login.ts';
import { compileScheme, type CompiledScheme } from './compile-schemes.ts';
import { readSecurity, type OperationSecurity, type SecurityAlternative } from './security-alternatives.ts';
import { strippedCredentials, type StrippedCredentials } from './stripped-credentials.ts';
import type { CompileContext } from '../stage.ts';
import type { Operation } from '../../openapi/model.ts';

/** An alternative with what is stripped once it was chosen. */
export interface PlannedAlternative extends SecurityAlternative {
  readonly stripped: StrippedCredentials;
}

/** What the authentication stage needs of one operation. */
export interface AuthenticationRule {
  readonly security: OperationSecurity;
  /** In the order of `security.schemes`; null for one that could not be compiled, whose problem refuses the plan. */
  readonly schemes: readonly (CompiledScheme | null)[];
  /** True where some scheme reads the Authorization header. */
  readonly readsAuthorization: boolean;
  readonly alternatives: readonly PlannedAlternative[];
  /** What is stripped from an anonymous request. */
  readonly stripped: StrippedCredentials;
  /** Where navigations without a session are sent; null where they get 401 like everybody. */
  readonly login: LoginPlace | null;
  /** `WWW-Authenticate` headers, names and values in turn. */
  readonly challenges: Readonly<Record<ChallengeSet, readonly string[]>>;
}

/** Where no token was sent; where one was refused that came as `Bearer` or as `DPoP`; where its proof was, or lacked the nonce. */
export type ChallengeSet = 'none' | 'bearer' | 'dpop' | 'invalid_dpop_proof' | 'use_dpop_nonce';

/** Compiles an operation's `security`. Problems are reported into the context; the plan is refused with them, so the rule is never used. */
export function compileAuthentication(operation: Operation, context: CompileContext): AuthenticationRule {
  const { document } = context;
  const security = readSecurity(operation, document);
  const schemes = security.schemes.map((name) => compileScheme(name, operation, context));
  const forwarding = security.schemes.filter((_, index) => schemes[index]?.forwardCredential === true);
  const alternatives = security.alternatives.map((alternative) => {
    const proved = alternative.requires.map((required) => security.schemes[required.scheme] ?? '');
    const forwarded = forwarding.filter((name) => proved.includes(name));
    return { ...alternative, stripped: strippedCredentials(document, operation, security.schemes, forwarded) };
  });
  return {
    security,
    schemes,
    readsAuthorization: schemes.some(
      (scheme) => scheme !== null && (scheme.kind === 'bearer' || scheme.kind === 'basic'),
    ),
    alternatives,
    stripped: strippedCredentials(document, operation, security.schemes, []),
    login: loginOf(alternatives, schemes),
    challenges: {
      none: challengesOf(security, schemes, null, null),
      bearer: challengesOf(security, schemes, 'invalid_token', null),
      dpop: challengesOf(security, schemes, null, 'invalid_token'),
      invalid_dpop_proof: challengesOf(security, schemes, null, 'invalid_dpop_proof'),
      use_dpop_nonce: challengesOf(security, schemes, null, 'use_dpop_nonce'),
    },
  };
}

/** One header for each challenge: many clients read no more than one from a list (RFC 9110, section 11.6.1). Equal ones stand once. */
function challengesOf(
  security: OperationSecurity,
  schemes: AuthenticationRule['schemes'],
  bearerError: 'invalid_token' | null,
  dpopError: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce' | null,
): string[] {
  const challenges = new Set<string>();
  for (const alternative of security.alternatives) {
    for (const required of alternative.requires) {
      const scheme = schemes[required.scheme];
      if (scheme === undefined || scheme === null) continue;
      if (scheme.kind === 'bearer') {
        const scopes = required.as === 'scopes' ? required.names : [];
        // Where the policy demands proofs a client must not be led to send its token without one.
        if (scheme.dpop !== 'required') challenges.add(bearerChallenge(scheme.realm, scopes, bearerError));
        if (scheme.dpop !== 'off')
          challenges.add(
            dpopChallenge(
              scheme.realm,
              scheme.dpopAlgorithms,
              scopes,
              scheme.dpop === 'required' ? (dpopError ?? bearerError) : dpopError,
            ),
          );
      } else if (scheme.kind === 'basic') challenges.add(basicChallenge(scheme.realm));
      else if (scheme.login !== null) challenges.add(sessionChallenge(scheme.realm, scheme.login.path));
      else if (scheme.carrier === null) challenges.add(certificateChallenge(scheme.realm));
      else challenges.add(apiKeyChallenge(scheme.realm, scheme.carrier.in, scheme.parameter));
    }
  }
  return [...challenges].flatMap((challenge) => ['WWW-Authenticate', challenge]);
}
