import { ANONYMOUS } from '../../principal.ts';
import { codeEntry, type Code } from '../../verdict/catalogue.ts';
import {
  compileAuthentication,
  type AuthenticationRule,
  type ChallengeSet,
  type PlannedAlternative,
} from './authentication-rule.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { gatherCredentials } from './gather-credentials.ts';
import { hasScopes, isProved } from './security-alternatives.ts';
import { mergePrincipals } from './merge-principals.ts';
import { sendToLogin } from './send-to-login.ts';
import { strip } from './stripped-credentials.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { Exchange } from '../../exchange.ts';
import type { Stage } from '../stage.ts';

/** Seconds until a client may ask again when a credential could not be checked. */
const RETRY_AFTER_SECONDS = '5';

/**
 * Proves who is asking, as the document's `security` demands (OpenAPI 3.1, 4.8.30): one of the alternatives, all schemes of it.
 * Of the alternatives that are proved the first whose scopes hold is taken, else the first, and authorization denies over it.
 * Where anonymous requests are allowed, one without credentials is anonymous; a credential that was sent and refused is never
 * turned into nobody: that would hide an expired session from the client and a forgery from the operator.
 * A refused credential beside another alternative that is proved does not matter.
 */
export const authentication: Stage<AuthenticationRule> = {
  name: 'authentication',
  compile: compileAuthentication,
  gather: gatherCredentials,
  decide(rule, exchange) {
    const { credentials } = exchange;
    let chosen: PlannedAlternative | null = null;
    let proved: PlannedAlternative | null = null;
    for (const alternative of rule.alternatives) {
      if (!isProved(alternative, credentials)) continue;
      proved ??= alternative;
      if (!hasScopes(alternative, credentials)) continue;
      chosen = alternative;
      break;
    }
    if (chosen !== null) return accept(chosen, exchange);
    if (rule.security.anonymous && credentials.every((fact) => fact.state !== 'refused')) {
      exchange.principal = ANONYMOUS;
      exchange.securityAlternative = rule.security.anonymousIndex;
      strip(exchange, rule.stripped);
      return null;
    }
    if (proved !== null) return accept(proved, exchange);
    exchange.principal = ANONYMOUS;
    exchange.securityAlternative = -1;
    const refusal = refuse(rule, credentials);
    return rule.login === null
      ? refusal
      : (sendToLogin(rule.login, rule.schemes, credentials, refusal, exchange) ?? refusal);
  },
  undo(exchange) {
    exchange.credentialHeaders = [];
    exchange.credentialQuery = [];
    exchange.credentialCookies = [];
  },
  describe(rule) {
    const lines = rule.alternatives.map((alternative) =>
      alternative.requires
        .map(({ scheme: index, names }) => {
          const scheme = rule.schemes[index];
          const name = rule.security.schemes[index] ?? '';
          const place = scheme?.kind === 'api-key' ? ` in ${scheme.carrier?.in} ${scheme.parameter}` : '';
          return `${name} (${scheme?.described ?? 'unknown'}${place})${names.length > 0 ? ` with ${names.join(', ')}` : ''}`;
        })
        .join(' and '),
    );
    if (rule.security.anonymous) lines.push('anonymous');
    return lines.map((line, index) => (index === 0 ? line : `or ${line}`));
  },
};

function accept(alternative: PlannedAlternative, exchange: Exchange): null {
  const principals = [];
  for (const required of alternative.requires) {
    const fact = exchange.credentials[required.scheme];
    if (fact?.state !== 'proved') continue;
    principals.push(fact.principal);
    if (fact.headers !== undefined) exchange.replyHeaders.push(...fact.headers);
  }
  exchange.principal = mergePrincipals(principals);
  exchange.securityAlternative = alternative.index;
  strip(exchange, alternative.stripped);
  return null;
}

/**
 * How telling a refusal is. What could not be checked comes first: the client may be right and should ask again. A token of another
 * issuer comes last: where two schemes read one header, it is refused by all but the one that it was meant for.
 */
function weight(code: Code): number {
  if (codeEntry(code).status >= 500) return 3;
  return code === 'AUTHN_TOKEN_ISSUER' ? 1 : 2;
}

/** Denies over the most telling of the refused credentials, the first of equals; over what is missing where none was refused. */
function refuse(rule: AuthenticationRule, credentials: readonly CredentialFact[]): Denial {
  let telling = -1;
  let most = 0;
  for (const [index, fact] of credentials.entries()) {
    if (fact.state !== 'refused') continue;
    if (weight(fact.code) > most) [telling, most] = [index, weight(fact.code)];
  }
  const fact = credentials[telling];
  if (fact?.state !== 'refused') {
    const absent = rule.security.schemes.filter((_, index) => credentials[index]?.state !== 'proved');
    const certificates = rule.schemes.every(
      (scheme, index) => credentials[index]?.state === 'proved' || scheme?.kind === 'certificate',
    );
    return deny(certificates ? 'AUTHN_CERTIFICATE_MISSING' : 'AUTHN_CREDENTIAL_MISSING', 'authentication', {
      rule: 'security',
      facts: { absent: absent.join(' ') },
      headers: rule.challenges.none,
    });
  }
  const { status } = codeEntry(fact.code);
  const challenges = rule.challenges[challengeAfter(rule, credentials, fact)];
  return deny(fact.code, 'authentication', {
    rule: `security/${rule.security.schemes[telling]}`,
    facts: fact.facts,
    headers: [
      ...(status === 401 ? challenges : status === 503 ? ['Retry-After', RETRY_AFTER_SECONDS] : []),
      ...(fact.headers ?? []),
    ],
  });
}

/** Which challenges go with a refusal: those that name an error where a token was sent, in the scheme that it was sent with. */
function challengeAfter(
  rule: AuthenticationRule,
  credentials: readonly CredentialFact[],
  telling: Extract<CredentialFact, { state: 'refused' }>,
): ChallengeSet {
  const sentToken = credentials.some(
    (fact, index) =>
      fact.state === 'refused' && rule.schemes[index]?.kind === 'bearer' && fact.code !== 'AUTHN_CREDENTIAL_UNEXPECTED',
  );
  if (!sentToken) return 'none';
  if (telling.as !== 'dpop') return 'bearer';
  if (telling.code === 'AUTHN_DPOP_NONCE') return 'use_dpop_nonce';
  return telling.code.startsWith('AUTHN_DPOP_PROOF') ? 'invalid_dpop_proof' : 'dpop';
}
