import { joinPointer } from '../../json/json-pointer.ts';
import { checkUrl } from '../check-url.ts';
import { isLoopbackHost } from '../addresses.ts';
import { isLocalTarget } from '../local-target.ts';
import { normalizeClient } from './normalize-client.ts';
import type { Policy } from '../policy.ts';
import type { AuthenticationPolicy } from '../authentication-policy.ts';
import type { JwsAlgorithm } from '../jws-algorithms.ts';
import type { LoginPolicy } from '../login-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { loginShape } from '../schema/schema-login.ts';
import type { Read } from '../shape.ts';

type Authored = Read<typeof loginShape>['login'];

/** What an authorization request says by itself; a policy that said it again would say one of them wrong. */
const RESERVED = new Set([
  'client_id',
  'client_assertion',
  'client_assertion_type',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

/** Turns an authored login into a canonical one; adds what is unsafe or contradicts itself. `pointer` is that of its entry. */
export function normalizeLogin(
  scheme: string,
  authored: Authored,
  pointer: string,
  problems: PolicyProblems,
): Omit<LoginPolicy, 'place'> {
  const at = `${pointer}/login`;
  checkUrl(authored.issuer, { plain: 'loopback', query: false }, `${at}/issuer`, problems);
  if (authored.absoluteTimeout < authored.idleTimeout)
    problems.add(
      'POLICY_CONTRADICTION',
      `${at}/absoluteTimeout`,
      'a session would end before it can be idle for so long',
      'Let absoluteTimeout be at least idleTimeout.',
    );
  for (const name of authored.parameters.keys())
    if (RESERVED.has(name))
      problems.add(
        'POLICY_CONTRADICTION',
        joinPointer(`${at}/parameters`, name),
        'Sallyport writes this parameter itself',
        'Remove it; scopes have a setting of their own.',
        'key',
      );
  for (const name of ['afterLogin', 'afterLogout'] as const) checkTarget(authored[name], `${at}/${name}`, problems);
  authored.returnTargets.forEach((target, index) => {
    checkTarget(target, joinPointer(`${at}/returnTargets`, index), problems);
  });
  const folder = `/auth/${scheme.replaceAll(/[^A-Za-z0-9_~-]/g, '-').slice(0, 64)}`;
  return {
    kind: 'login',
    issuer: authored.issuer,
    ...normalizeClient(authored, at, problems),
    scopes: [...new Set(['openid', ...authored.scopes.filter(() => true)])],
    algorithms: [...new Set<JwsAlgorithm>(authored.algorithms.filter(() => true))],
    clockToleranceSeconds: Math.ceil(authored.clockTolerance / 1000),
    origin: authored.origin === undefined ? null : readOrigin(authored.origin, `${at}/origin`, problems),
    paths: {
      login: authored.paths.login ?? `${folder}/login`,
      callback: authored.paths.callback ?? `${folder}/callback`,
      logout: authored.paths.logout ?? `${folder}/logout`,
      backChannelLogout: authored.paths.backChannelLogout ?? `${folder}/back-channel-logout`,
    },
    cookie: authored.cookie ?? null,
    idleMs: authored.idleTimeout,
    absoluteMs: authored.absoluteTimeout,
    afterLogin: authored.afterLogin,
    afterLogout: authored.afterLogout,
    returnTargets: authored.returnTargets.filter(() => true),
    unauthenticated: authored.unauthenticated,
    claims: authored.claims,
    parameters: authored.parameters,
    idTokenHint: authored.idTokenHint,
    timeoutMs: authored.timeout,
    forwardCredential: false,
  };
}

function checkTarget(target: string, pointer: string, problems: PolicyProblems): void {
  if (!isLocalTarget(target))
    problems.add(
      'POLICY_VALUE',
      pointer,
      'expected a path of this origin that reads the same to everybody',
      'Write one slash in front, no dot segments, no escaped slashes: /app/start.',
    );
}

function readOrigin(text: string, pointer: string, problems: PolicyProblems): string {
  const plainRisk = 'Whoever can read a plain request on its way has the session.';
  const url = checkUrl(text, { plain: 'loopback', query: false, plainRisk }, pointer, problems);
  if (url !== null && url.pathname !== '/')
    problems.add('POLICY_URL', pointer, 'the URL has a path', 'Write scheme, host and port only.');
  return url?.origin ?? '';
}

/**
 * Checks logins against the listener and each other: browsers have to be able to keep a session's cookie from being sent in the clear, and
 * each of the paths means one thing.
 */
export function checkLogins(
  authentication: ReadonlyMap<string, AuthenticationPolicy>,
  listen: Pick<Policy['listen'], 'host' | 'tls'>,
  problems: PolicyProblems,
): void {
  const taken = new Set<string>();
  for (const [scheme, entry] of authentication) {
    if (entry.kind !== 'login') continue;
    const at = `${joinPointer('/authentication', scheme)}/login`;
    if (entry.origin === null && (listen.tls !== null || !isLoopbackHost(listen.host)))
      problems.add(
        'POLICY_REQUIRED',
        at,
        'origin is missing',
        'Add origin: scheme and host as browsers see them, such as https://app.example.com.',
        'key',
      );
    for (const [name, path] of Object.entries(entry.paths)) {
      if (taken.has(path))
        problems.add(
          'POLICY_DUPLICATE',
          `${at}/paths/${name}`,
          'another path of a login is the same',
          'Give each a path of its own: a provider that could answer at the path of another could pass for it.',
        );
      taken.add(path);
    }
  }
}
