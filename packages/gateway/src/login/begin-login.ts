import { createHash, randomBytes } from 'node:crypto';
import { isAllowedTarget, isLocalTarget, type Answer, type Denial, type Exchange } from '@sallyport/core';
import { leadTo, ownOrigin, pendingCookie, refuse, refuseMethod, type LoginContext } from './login-context.ts';
import { readOnce, readOneCookie } from './cookies.ts';
import { unsealPending, withPending, type PendingLogin } from './pending-logins.ts';
import type { ProviderMetadata } from './provider-metadata.ts';

/**
 * Begins a login: the authorization code flow (OpenID Connect Core 1.0, section 3.1) with PKCE (RFC 7636, S256), state and nonce; the request goes to the
 * provider directly where it takes them so (RFC 9126), and the browser is then sent there with a reference. What the login needs when it comes back is in a cookie.
 */
export async function beginLogin(context: LoginContext, exchange: Exchange): Promise<Answer | Denial> {
  const wrong = refuseMethod(context, exchange, 'GET');
  if (wrong !== null) return wrong;
  const origin = ownOrigin(context, exchange);
  if (typeof origin !== 'string') return origin;
  const parameters = readOnce(exchange.query ?? '');
  const returnTo = parameters?.get('returnTo') ?? null;
  if (parameters === null || (returnTo !== null && !isTarget(context, returnTo)))
    return refuse(context, 'AUTHN_LOGIN_RETURN');
  const random = (): string => randomBytes(32).toString('base64url');
  const begun: PendingLogin = {
    state: random(),
    nonce: random(),
    verifier: random(),
    origin,
    returnTo,
    atMs: exchange.nowMs,
  };
  const asked = context.questions.enter(() => prepare(context, begun));
  if (asked === null) return refuse(context, 'AUTHN_LOGIN_BUSY');
  const location = await asked;
  if (typeof location !== 'string') return location;
  const { cookies, sealer, scheme } = context;
  const before = unsealPending(readOneCookie(exchange, cookies.pending), sealer(), scheme, exchange.nowMs);
  return leadTo(location, pendingCookie(context, withPending(before, begun)));
}

function isTarget({ policy, ownPaths }: LoginContext, target: string): boolean {
  return (
    isLocalTarget(target) &&
    isAllowedTarget(target, policy.returnTargets) &&
    !ownPaths.has(target.slice(0, `${target}?`.search(/[?#]/)))
  );
}

/** Where the browser goes, or why it goes nowhere. */
async function prepare(context: LoginContext, begun: PendingLogin): Promise<string | Denial> {
  const { client, policy } = context;
  const metadata = await client.metadata();
  if (!metadata.ok)
    return refuse(context, 'AUTHN_LOGIN_UNAVAILABLE', {
      reason: metadata.why === 'unavailable' ? metadata.reason : metadata.error,
    });
  const request = requestOf(context, begun);
  const { pushEndpoint } = metadata.value;
  if (pushEndpoint === null) return withQuery(metadata.value, request);
  const pushed = await client.push(pushEndpoint, request);
  if (pushed.ok)
    return withQuery(metadata.value, new URLSearchParams({ client_id: policy.clientId, request_uri: pushed.value }));
  return refuse(context, 'AUTHN_LOGIN_UNAVAILABLE', {
    reason: pushed.why === 'unavailable' ? pushed.reason : pushed.error,
  });
}

function requestOf({ policy }: LoginContext, { state, nonce, verifier, origin }: PendingLogin): URLSearchParams {
  return new URLSearchParams([
    ...policy.parameters,
    ['response_type', 'code'],
    ['client_id', policy.clientId],
    ['redirect_uri', origin + policy.paths.callback],
    ['scope', policy.scopes.join(' ')],
    ['state', state],
    ['nonce', nonce],
    ['code_challenge', createHash('sha256').update(verifier).digest('base64url')],
    ['code_challenge_method', 'S256'],
  ]);
}

function withQuery({ authorizationEndpoint }: ProviderMetadata, parameters: URLSearchParams): string {
  const url = new URL(authorizationEndpoint);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  return url.href;
}
