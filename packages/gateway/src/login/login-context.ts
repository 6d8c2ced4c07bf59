import {
  deny,
  originOf,
  type Answer,
  type Code,
  type Denial,
  type Exchange,
  type LoginPolicy,
  type SessionCookies,
} from '@sallyport/core';
import { dropCookie, writeCookie } from './cookies.ts';
import { PENDING_MS, sealPending, type PendingLogin } from './pending-logins.ts';
import type { ProviderClient } from './provider-client.ts';
import type { ProviderTokens } from './id-token.ts';
import type { SessionDirectory } from './session-directory.ts';
import type { SessionStore } from '../store/session-port.ts';
import type { CookieSealer } from '../store/cookie-sealer.ts';
import type { Turnstile } from '../identity/turnstile.ts';

/** What the paths of one login have in common. */
export interface LoginContext {
  readonly scheme: string;
  readonly policy: LoginPolicy;
  readonly cookies: SessionCookies;
  readonly client: ProviderClient;
  readonly tokens: ProviderTokens;
  readonly store: SessionStore;
  readonly directory: SessionDirectory;
  /** Throws a `StoreError` where the key of the store cannot be had. */
  readonly sealer: () => CookieSealer;
  /** Bounds what strangers can have us ask the provider at a time. */
  readonly questions: Turnstile;
  /** Origins beside our own whose pages may log a user out. */
  readonly allowedOrigins: readonly string[];
  /** Paths that no login leads back to: it would begin anew, or end at once. */
  readonly ownPaths: ReadonlySet<string>;
  /** A word for the operator. */
  readonly tell: (message: string, detail: string) => void;
}

const RETRY_AFTER = ['Retry-After', '5'];

export function refuse(
  { scheme }: LoginContext,
  code: Code,
  facts: Denial['facts'] = {},
  headers: readonly string[] = [],
): Denial {
  const busy = code === 'AUTHN_LOGIN_UNAVAILABLE' || code === 'AUTHN_LOGIN_BUSY' || code === 'AUTHN_STORE_UNAVAILABLE';
  return deny(code, 'authentication', {
    rule: `login/${scheme}`,
    facts,
    headers: busy ? [...RETRY_AFTER, ...headers] : headers,
  });
}

/** Sends a browser on; the new request is a GET whatever this one was. */
export function leadTo(location: string, ...cookies: readonly string[]): Answer {
  return {
    answer: true,
    status: 303,
    headers: ['Location', location, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])],
  };
}

/** Refuses methods that a path does not have. Null where it has it. */
export function refuseMethod(context: LoginContext, exchange: Exchange, ...methods: readonly string[]): Denial | null {
  return methods.includes(exchange.method)
    ? null
    : deny('METHOD_UNKNOWN', 'match', { rule: `login/${context.scheme}`, headers: ['Allow', methods.join(', ')] });
}

/** The origin that browsers see, or the refusal. */
export function ownOrigin(context: LoginContext, exchange: Exchange): string | Denial {
  return originOf(exchange, context.policy.origin) ?? refuse(context, 'AUTHN_LOGIN_HOST');
}

/** The cookie with the logins under way; taken back where there are none. */
export function pendingCookie({ cookies, scheme, sealer }: LoginContext, pending: readonly PendingLogin[]): string {
  return pending.length === 0
    ? dropCookie(cookies.pending, cookies.secure)
    : writeCookie(cookies.pending, sealPending(pending, sealer(), scheme), cookies.secure, PENDING_MS / 1000);
}
