import { deny, type Denial } from '../../verdict/denial.ts';
import { codeEntry } from '../../verdict/catalogue.ts';
import { isAllowedTarget, isLocalTarget } from '../../policy/local-target.ts';
import { isNavigation } from './browser-request.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { CompiledScheme } from './compile-schemes.ts';
import type { Exchange } from '../../exchange.ts';
import type { SecurityAlternative } from './security-alternatives.ts';

/** Where browsers of a scheme log in. */
export interface LoginPlace {
  /** Path that begins a login. */
  readonly path: string;
  /** Whether navigations are sent there. */
  readonly redirects: boolean;
  readonly returnTargets: readonly string[];
  /** As in the policy. */
  readonly origin: string | null;
  /** Other origins whose pages may act for the user: those that `cors` trusts with credentials. */
  readonly allowedOrigins: readonly string[];
}

/** The first login that alone is enough for the operation and wants navigations sent there; null where there is none. */
export function loginOf(
  alternatives: readonly SecurityAlternative[],
  schemes: readonly (CompiledScheme | null)[],
): LoginPlace | null {
  for (const { requires } of alternatives) {
    const login = requires.length === 1 ? (schemes[requires[0]?.scheme ?? -1]?.login ?? null) : null;
    if (login?.redirects === true) return login;
  }
  return null;
}

/**
 * What a browser gets instead of a 401 that it would show to its user: the way to the login, and back to where it was going. Null where the refusal stands: for
 * calls of scripts, and where a credential was refused that no login would mend.
 */
export function sendToLogin(
  login: LoginPlace,
  schemes: readonly (CompiledScheme | null)[],
  credentials: readonly CredentialFact[],
  refusal: Denial,
  exchange: Exchange,
): Denial | null {
  if (codeEntry(refusal.code).status !== 401 || !isNavigation(exchange)) return null;
  if (credentials.some((fact, index) => fact.state === 'refused' && schemes[index]?.kind !== 'session')) return null;
  const target = exchange.path + (exchange.query === null ? '' : `?${exchange.query}`);
  const back = isLocalTarget(target) && isAllowedTarget(target, login.returnTargets);
  return deny('AUTHN_LOGIN_REQUIRED', 'authentication', {
    rule: refusal.rule,
    facts: { ...refusal.facts, because: refusal.code },
    headers: [
      'Location',
      back ? `${login.path}?returnTo=${encodeURIComponent(target)}` : login.path,
      ...cookiesOf(refusal.headers),
    ],
  });
}

/** The cookie that is of no use any more is taken back. */
function cookiesOf(headers: readonly string[]): string[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 && name === 'Set-Cookie' ? [name, headers[index + 1] ?? ''] : [],
  );
}
