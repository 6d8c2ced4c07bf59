import type { Answer, Denial, Exchange, LoginPolicy, Principal } from '@sallyport/core';
import { leadTo, ownOrigin, pendingCookie, refuse, refuseMethod, type LoginContext } from './login-context.ts';
import { errorOf, type TokenSet } from './provider-client.ts';
import { makeSessionCookie, readSessionCookie } from './session-cookie.ts';
import { principalOf, type SessionSecrets } from './session-secrets.ts';
import { readOnce, readOneCookie, writeCookie } from './cookies.ts';
import { renewAt } from './session-renewal.ts';
import { StoreError } from '../store/store-error.ts';
import { unsealPending, type PendingLogin } from './pending-logins.ts';
import type { NewSession } from '../store/session-port.ts';

/**
 * Ends a login: takes the browser back from the provider. Its state must be that of a login which this very browser began; the answer must be of the provider that
 * was asked (RFC 9207); the code is changed for tokens with the secret of PKCE; the ID token must hold, with the nonce of this login. Then a new session begins, with a cookie
 * that nobody could have known before, and the one that the browser had ends.
 */
export async function finishLogin(context: LoginContext, exchange: Exchange): Promise<Answer | Denial> {
  const wrong = refuseMethod(context, exchange, 'GET');
  if (wrong !== null) return wrong;
  const origin = ownOrigin(context, exchange);
  if (typeof origin !== 'string') return origin;
  const { cookies, scheme, policy } = context;
  const answer = readOnce(exchange.query ?? '');
  const sealed = readOneCookie(exchange, cookies.pending);
  const pending = unsealPending(sealed, context.sealer(), scheme, exchange.nowMs);
  const begun = pending.find(({ state }) => state === answer?.get('state'));
  if (answer === null || begun === undefined || begun.origin !== origin)
    return refuse(context, 'AUTHN_LOGIN_STATE', { pending: pending.length, cookie: sealed !== null });
  // Whatever comes of it, this state is good for nothing any more.
  const rest = pendingCookie(
    context,
    pending.filter((other) => other !== begun),
  );
  const spent = ['Set-Cookie', rest];
  const code = answer.get('code');
  const metadata = await context.client.metadata();
  if (!metadata.ok)
    return refuse(
      context,
      'AUTHN_LOGIN_UNAVAILABLE',
      { reason: metadata.why === 'unavailable' ? metadata.reason : metadata.error },
      spent,
    );
  const named = answer.get('iss');
  if (named === undefined ? metadata.value.namesItself : named !== policy.issuer)
    return refuse(context, 'AUTHN_LOGIN_ISSUER', { iss: named === undefined ? 'none' : 'another one' }, spent);
  if (answer.has('error'))
    return refuse(context, 'AUTHN_LOGIN_REFUSED', { error: errorOf({ error: answer.get('error') }) }, spent);
  if (code === undefined) return refuse(context, 'AUTHN_LOGIN_STATE', { code: 'none' }, spent);
  const settled = context.questions.enter(() => redeem(context, begun, code, exchange.nowMs));
  if (settled === null) return refuse(context, 'AUTHN_LOGIN_BUSY', {}, spent);
  const redeemed = await settled;
  if ('code' in redeemed) return { ...redeemed, headers: [...redeemed.headers, ...spent] };
  const made = makeSessionCookie(scheme, context.sealer());
  const session: NewSession = { ...redeemed.session, id: made.id };
  exchange.principal = principalOf(session, redeemed.secrets);
  try {
    await context.store.createSession(session);
    const old = readSessionCookie(readOneCookie(exchange, cookies.session) ?? '');
    if (old !== null) await context.store.endSessions({ id: old }, exchange.nowMs);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return refuse(context, 'AUTHN_STORE_UNAVAILABLE', {}, spent);
  }
  return leadTo(begun.returnTo ?? policy.afterLogin, writeCookie(cookies.session, made.value, cookies.secure), rest);
}

interface Redeemed {
  readonly session: Omit<NewSession, 'id'>;
  readonly secrets: SessionSecrets;
}

async function redeem(
  context: LoginContext,
  begun: PendingLogin,
  code: string,
  nowMs: number,
): Promise<Redeemed | Denial> {
  const { client, policy, tokens, scheme } = context;
  const answer = await client.exchange(code, begun.verifier, begun.origin + policy.paths.callback);
  if (!answer.ok)
    return answer.why === 'refused'
      ? refuse(context, 'AUTHN_LOGIN_CODE', { error: answer.error })
      : refuse(context, 'AUTHN_LOGIN_UNAVAILABLE', { reason: answer.reason });
  const set = answer.value;
  if (set.idToken === null) return refuse(context, 'AUTHN_LOGIN_TOKEN', { reason: 'there is none' });
  const verdict = await tokens.verifyIdToken(
    set.idToken,
    { nonce: begun.nonce, accessToken: set.accessToken, subject: null },
    nowMs,
  );
  if (!verdict.ok)
    return refuse(context, verdict.unavailable ? 'AUTHN_LOGIN_UNAVAILABLE' : 'AUTHN_LOGIN_TOKEN', {
      reason: verdict.reason,
    });
  const { principal, claims } = verdict;
  const secrets = secretsOf(policy, set, principal, claims, nowMs);
  return {
    secrets,
    session: {
      scheme,
      subject: principal.subject,
      issuer: policy.issuer,
      providerSubject: typeof claims['sub'] === 'string' ? claims['sub'] : '',
      providerSession: typeof claims['sid'] === 'string' ? claims['sid'] : null,
      secrets: JSON.stringify(secrets),
      createdAtMs: nowMs,
      lastSeenAtMs: nowMs,
      expiresAtMs: nowMs + policy.absoluteMs,
    },
  };
}

function secretsOf(
  policy: LoginPolicy,
  set: TokenSet,
  principal: Principal,
  claims: SessionSecrets['claims'],
  nowMs: number,
): SessionSecrets {
  return {
    clientId: policy.clientId,
    claims,
    roles: principal.roles,
    // What is not said otherwise was granted as it was asked for (RFC 6749, section 5.1).
    scopes: set.scopes ?? policy.scopes,
    refreshToken: set.refreshToken,
    idToken: policy.idTokenHint ? set.idToken : null,
    renewAtMs: set.refreshToken === null ? null : renewAt(set, nowMs),
  };
}
