import type { Answer, Denial, Exchange } from '@sallyport/core';
import { readOnce } from './cookies.ts';
import { refuse, refuseMethod, type LoginContext } from './login-context.ts';
import { StoreError } from '../store/store-error.ts';

/** A logout token, and what a form adds to it. */
export const MAX_LOGOUT_BYTES = 40 * 1024;

/**
 * Lets the provider end sessions (OpenID Connect Back-Channel Logout 1.0): the one that the logout token names (`sid`), or all of a user (`sub`). Only sessions
 * that are older than the token end: whoever kept one could otherwise end later sessions with it.
 */
export async function backChannelLogout(
  context: LoginContext,
  exchange: Exchange,
  body: Uint8Array,
): Promise<Answer | Denial> {
  const wrong = refuseMethod(context, exchange, 'POST');
  if (wrong !== null) return wrong;
  const type = exchange.headers.contentType ?? '';
  const form = /^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)
    ? readOnce(Buffer.from(body).toString('latin1'))
    : null;
  const token = form?.get('logout_token');
  if (token === undefined) return refuse(context, 'AUTHN_LOGOUT_TOKEN', { reason: 'there is none' });
  const { policy, store, tokens } = context;
  const verdict = await tokens.verifyLogoutToken(token, exchange.nowMs);
  if (!verdict.ok)
    return refuse(context, verdict.unavailable ? 'AUTHN_LOGIN_UNAVAILABLE' : 'AUTHN_LOGOUT_TOKEN', {
      reason: verdict.reason,
    });
  const { sid, sub, iat } = verdict.claims;
  // Times of tokens are whole seconds, and the clocks may differ.
  const createdBeforeMs = (Number(iat) + 1 + policy.clockToleranceSeconds) * 1000;
  const { issuer } = policy;
  try {
    await store.endSessions(
      typeof sid === 'string'
        ? { issuer, providerSession: sid, createdBeforeMs }
        : { issuer, providerSubject: typeof sub === 'string' ? sub : '', createdBeforeMs },
      exchange.nowMs,
    );
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return refuse(context, 'AUTHN_STORE_UNAVAILABLE');
  }
  return { answer: true, status: 200, headers: [] };
}
