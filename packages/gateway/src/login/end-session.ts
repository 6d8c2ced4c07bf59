import { isForeign, type Answer, type Denial, type Exchange } from '@sallyport/core';
import { dropCookie, readOneCookie } from './cookies.ts';
import { leadTo, ownOrigin, refuse, refuseMethod, type LoginContext } from './login-context.ts';
import { isOwnCookie, readSessionCookie } from './session-cookie.ts';
import { readSecrets } from './session-secrets.ts';
import { StoreError } from '../store/store-error.ts';
import type { StoredSession } from '../store/session-port.ts';

/**
 * Logs a user out: ends the session here, takes its cookies back, and sends the browser to the provider's logout where it has one (OpenID Connect RP-Initiated Logout
 * 1.0), from where it comes back to `afterLogout`. By GET or POST, and only from pages of our own origin or the user's hand: no other site may log users out.
 */
export async function endSession(context: LoginContext, exchange: Exchange): Promise<Answer | Denial> {
  const wrong = refuseMethod(context, exchange, 'GET', 'POST');
  if (wrong !== null) return wrong;
  const origin = ownOrigin(context, exchange);
  if (typeof origin !== 'string') return origin;
  if (isForeign(exchange, origin, context.allowedOrigins)) return refuse(context, 'AUTHN_ORIGIN_FOREIGN');
  const { cookies, policy, store, directory, scheme } = context;
  const gone = [dropCookie(cookies.session, cookies.secure), dropCookie(cookies.pending, cookies.secure)];
  const cookie = readOneCookie(exchange, cookies.session) ?? '';
  const id = readSessionCookie(cookie);
  if (id === null || !isOwnCookie(cookie, scheme, context.sealer())) return leadTo(policy.afterLogout, ...gone);
  let session: StoredSession | null;
  try {
    session = await store.findSession(id);
    await store.endSessions({ id }, exchange.nowMs);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Said to be logged out, a user would go away from a session that still counts.
    return refuse(context, 'AUTHN_STORE_UNAVAILABLE');
  }
  directory.forget(id);
  const metadata = session === null || session.endedAtMs !== null ? null : await context.client.metadata();
  const endpoint = metadata?.ok === true ? metadata.value.endSessionEndpoint : null;
  if (endpoint === null) return leadTo(policy.afterLogout, ...gone);
  const url = new URL(endpoint);
  url.searchParams.set('client_id', policy.clientId);
  url.searchParams.set('post_logout_redirect_uri', origin + policy.afterLogout);
  const hint = policy.idTokenHint && session !== null ? (readSecrets(session.secrets)?.idToken ?? null) : null;
  if (hint !== null) url.searchParams.set('id_token_hint', hint);
  return leadTo(url.href, ...gone);
}
