import {
  ownPathsOf,
  sessionCookies,
  type Answer,
  type ApiDocument,
  type CredentialResult,
  type Denial,
  type Exchange,
  type LoginPolicy,
  type OwnPath,
  type Policy,
  type Principal,
  type SessionPort,
} from '@sallyport/core';
import { backChannelLogout, MAX_LOGOUT_BYTES } from './back-channel-logout.ts';
import { beginLogin } from './begin-login.ts';
import { createFetchJson } from '../identity/fetch-json.ts';
import { namedBy, type Egress } from '../egress/egress.ts';
import { createLoadMetadata } from './provider-metadata.ts';
import { createProviderClient, type ProviderClient } from './provider-client.ts';
import { createProviderTokens } from './id-token.ts';
import { createSessionDirectory, type SessionDirectory } from './session-directory.ts';
import { createSessionPort } from './session-port.ts';
import { createSubmitForm } from './submit-form.ts';
import { endSession } from './end-session.ts';
import { finishLogin } from './finish-login.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { refuse, type LoginContext } from './login-context.ts';
import { StoreError } from '../store/store-error.ts';
import { Turnstile } from '../identity/turnstile.ts';
import type { Clock } from '../clock.ts';
import type { KeySet } from '../identity/key-set.ts';
import type { CookieSealer } from '../store/cookie-sealer.ts';
import type { SessionStore } from '../store/session-port.ts';

/** Logins under way with one provider at a time, and how many wait for each. */
const MAX_QUESTIONS = 32;
const QUEUE_FACTOR = 4;

export interface LoginsOptions {
  readonly clock: Clock;
  readonly egress: Egress;
  readonly store: SessionStore;
  readonly sealer: () => CookieSealer;
  readonly graceMs: number;
  readonly isTrusted: () => boolean;
  readonly keySetOf: (scheme: string, entry: LoginPolicy) => KeySet;
  readonly refusePrincipal: (principal: Principal, sinceMs: number, nowMs: number) => CredentialResult | null;
  readonly tell: (level: 'info' | 'warn' | 'error', message: string, detail: string) => void;
  readonly onUnusableKey: (entry: LoginPolicy, reason: string) => void;
}

/** Logins of browsers: who has a session, and the paths where sessions begin and end. */
export interface Logins {
  /** By security scheme. */
  readonly sessions: ReadonlyMap<string, SessionPort>;
  readonly ownPaths: ReadonlyMap<string, OwnPath>;
  readonly directory: SessionDirectory;
  start(): void;
  close(): Promise<void>;
}

/** Makes the logins of a policy. Opens no connection; what is wrong with keys of ours goes to `report`. */
export function createLogins(
  entries: readonly (readonly [string, LoginPolicy])[],
  policy: Policy,
  document: ApiDocument,
  options: LoginsOptions,
): Logins {
  const { clock, store, graceMs, isTrusted } = options;
  const directory = createSessionDirectory(store, { clock, graceMs, isTrusted });
  const closers: (() => void)[] = [];
  const nowMs = (): number => clock.nowMs();
  const named = ownPathsOf(policy);
  const taken = new Set(named.map(({ path }) => path));
  const sessions = new Map<string, SessionPort>();
  const ownPaths = new Map<string, OwnPath>();

  for (const [scheme, entry] of entries) {
    const tell = (message: string, detail: string): void => options.tell('warn', message, detail);
    const asks = { purpose: 'login', names: namedBy([entry.issuer]) } as const;
    const { fetchJson, close: closeFetch } = createFetchJson(options.egress, asks);
    const { submit, close: closeSubmit } = createSubmitForm(options.egress, asks);
    closers.push(closeFetch, closeSubmit);
    const load = createLoadMetadata(entry.issuer, entry.timeoutMs, fetchJson, () => clock.steadyMs());
    let client: ProviderClient;
    try {
      client = createProviderClient(entry, load, submit, nowMs);
    } catch (error) {
      options.onUnusableKey(entry, failureReason(error));
      continue;
    }
    const context: LoginContext = {
      scheme,
      policy: entry,
      cookies: sessionCookies(document, scheme, entry),
      client,
      tokens: createProviderTokens(scheme, entry, options.keySetOf(scheme, entry)),
      store,
      directory,
      sealer: options.sealer,
      questions: new Turnstile(MAX_QUESTIONS, MAX_QUESTIONS * QUEUE_FACTOR),
      allowedOrigins: policy.cors?.credentials === true ? policy.cors.origins : [],
      ownPaths: taken,
      tell,
    };
    sessions.set(
      scheme,
      createSessionPort({
        ...context,
        nowMs,
        steadyMs: () => clock.steadyMs(),
        pause: (ms) => new Promise((resolve) => void clock.schedule(ms, resolve)),
        isTrusted,
        refusePrincipal: options.refusePrincipal,
      }),
    );
    const { login, callback, logout, backChannelLogout: backChannel } = entry.paths;
    ownPaths.set(login, ownPath(context, `a login at ${entry.issuer} begins (${scheme})`, beginLogin));
    ownPaths.set(callback, ownPath(context, `a login at ${entry.issuer} ends (${scheme})`, finishLogin));
    ownPaths.set(logout, ownPath(context, `a session ends (${scheme})`, endSession));
    ownPaths.set(
      backChannel,
      ownPath(context, `${entry.issuer} ends sessions (${scheme})`, backChannelLogout, MAX_LOGOUT_BYTES),
    );
  }
  return {
    sessions,
    ownPaths,
    directory,
    start: () => directory.start(),
    async close() {
      await directory.close();
      for (const close of closers) close();
    },
  };
}

function ownPath(
  context: LoginContext,
  what: string,
  respond: (context: LoginContext, exchange: Exchange, body: Uint8Array) => Promise<Answer | Denial>,
  maxBodyBytes: number | null = null,
): OwnPath {
  return {
    what,
    maxBodyBytes,
    async respond(exchange, body) {
      try {
        return await respond(context, exchange, body);
      } catch (error) {
        if (error instanceof StoreError) return refuse(context, 'AUTHN_STORE_UNAVAILABLE');
        throw error;
      }
    },
  };
}
