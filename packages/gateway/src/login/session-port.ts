import type { CredentialResult, LoginPolicy, SessionPort } from '@sallyport/core';
import { dropCookie } from './cookies.ts';
import { CircuitBreaker } from '../identity/circuit-breaker.ts';
import { isOwnCookie, readSessionCookie } from './session-cookie.ts';
import { renewSession, type Renewal, type RenewalOptions } from './session-renewal.ts';
import { StoreError } from '../store/store-error.ts';
import type { KnownSession, SessionDirectory } from './session-directory.ts';
import type { CookieSealer } from '../store/cookie-sealer.ts';
import type { SessionCookies, Principal } from '@sallyport/core';

export interface SessionPortOptions extends RenewalOptions {
  readonly scheme: string;
  readonly policy: LoginPolicy;
  readonly cookies: SessionCookies;
  readonly directory: SessionDirectory;
  readonly sealer: () => CookieSealer;
  readonly isTrusted: () => boolean;
  /** Asked about every session that would be let in; null lets it in. */
  readonly refusePrincipal: (principal: Principal, sinceMs: number, nowMs: number) => CredentialResult | null;
}

/** A session is renewed so long before it has to be, in the background. */
const EARLY_MS = 30_000;
/** Uses are written down this often, or ten times within the idle timeout. */
const NOTE_MS = 60_000;

const UNAVAILABLE: CredentialResult = Object.freeze({
  ok: false,
  code: 'AUTHN_STORE_UNAVAILABLE',
  facts: Object.freeze({}),
});
const NOT_RENEWED: CredentialResult = Object.freeze({
  ok: false,
  code: 'AUTHN_LOGIN_UNAVAILABLE',
  facts: Object.freeze({}),
});

/**
 * Tells whose session a cookie is of. At once where it is known and need not be renewed; it is loaded, or renewed at the provider, where it must. A session
 * past its times, ended, of another scheme or of another provider than the policy's proves nothing, and its cookie is taken back. Never throws, never rejects.
 */
export function createSessionPort(options: SessionPortOptions): SessionPort {
  const { scheme, policy, cookies, directory, sealer, isTrusted } = options;
  const noteEveryMs = Math.min(NOTE_MS, policy.idleMs / 10);
  const renewals = new Map<string, Promise<Renewal>>();
  const breaker = new CircuitBreaker();

  function refuse(
    code: 'AUTHN_SESSION_UNKNOWN' | 'AUTHN_SESSION_ENDED' | 'AUTHN_SESSION_EXPIRED',
    id: string | null,
  ): CredentialResult {
    return {
      ok: false,
      code,
      facts: id === null ? {} : { session: id },
      headers: ['Set-Cookie', dropCookie(cookies.session, cookies.secure)],
    };
  }

  function decide(known: KnownSession, nowMs: number, fresh: boolean): CredentialResult | Promise<CredentialResult> {
    const { session } = known;
    if (session.scheme !== scheme || session.issuer !== policy.issuer || known.clientId !== policy.clientId)
      return refuse('AUTHN_SESSION_UNKNOWN', session.id);
    if (nowMs >= Math.min(session.expiresAtMs, session.createdAtMs + policy.absoluteMs))
      return refuse('AUTHN_SESSION_EXPIRED', session.id);
    // Another node may have seen it since; the store knows.
    if (nowMs - known.lastSeenAtMs >= policy.idleMs)
      return fresh ? refuse('AUTHN_SESSION_EXPIRED', session.id) : reload(session.id, nowMs);
    const refused = options.refusePrincipal(known.proved.principal, session.createdAtMs, nowMs);
    if (refused !== null) return refused;
    if (known.renewAtMs !== null && nowMs >= known.renewAtMs - earlyMs(known)) {
      if (nowMs >= known.renewAtMs) return renewFirst(session.id, nowMs);
      void renew(session.id);
    }
    directory.noteUse(known, nowMs, noteEveryMs);
    return known.proved;
  }

  /** Never more than a fifth of what a token lasts: some last a minute. */
  function earlyMs({ session, renewAtMs }: KnownSession): number {
    return Math.min(EARLY_MS, Math.max(0, (renewAtMs ?? 0) - session.createdAtMs) / 5);
  }

  function reload(id: string, nowMs: number): Promise<CredentialResult> {
    directory.forget(id);
    return afterLoad(id, nowMs);
  }

  async function afterLoad(id: string, nowMs: number): Promise<CredentialResult> {
    const loading = directory.load(id);
    if (loading === null) return UNAVAILABLE;
    try {
      const loaded = await loading;
      return loaded === null ? refuse('AUTHN_SESSION_ENDED', id) : await decide(loaded, nowMs, true);
    } catch (error) {
      if (error instanceof StoreError) return UNAVAILABLE;
      return { ok: false, code: 'INTERNAL_FAULT', facts: {} };
    }
  }

  async function renewFirst(id: string, nowMs: number): Promise<CredentialResult> {
    const became = await renew(id);
    if (became === 'ended') return refuse('AUTHN_SESSION_ENDED', id);
    if (became === 'failed') return NOT_RENEWED;
    try {
      const loaded = await directory.load(id);
      if (loaded === null) return refuse('AUTHN_SESSION_ENDED', id);
      // A provider whose tokens are old when they are given would be asked without end.
      directory.noteUse(loaded, nowMs, noteEveryMs);
      return loaded.proved;
    } catch {
      return UNAVAILABLE;
    }
  }

  /** One renewal of a session at a time, and none while the provider does not answer. Never rejects. */
  function renew(id: string): Promise<Renewal> {
    const under = renewals.get(id);
    if (under !== undefined) return under;
    if (!breaker.admits(options.steadyMs())) return Promise.resolve('failed');
    const renewal = renewNow(id).catch((): Renewal => 'failed');
    renewals.set(id, renewal);
    void renewal.then((became) => {
      renewals.delete(id);
      if (became === 'failed') breaker.failed(options.steadyMs());
      else breaker.succeeded();
    });
    return renewal;
  }

  async function renewNow(id: string): Promise<Renewal> {
    const session = await options.store.findSession(id);
    if (session === null || session.endedAtMs !== null) return 'ended';
    const known = directory.known(id);
    if (known !== null && known.session.revision !== session.revision) {
      directory.forget(id);
      return 'renewed';
    }
    const became = await renewSession(session, options);
    directory.forget(id);
    return became;
  }

  return {
    check(cookie, nowMs) {
      try {
        const id = readSessionCookie(cookie);
        if (id === null) return refuse('AUTHN_SESSION_UNKNOWN', null);
        if (!isTrusted()) return UNAVAILABLE;
        const known = directory.known(id);
        if (known !== null) return decide(known, nowMs, false);
        if (!isOwnCookie(cookie, scheme, sealer())) return refuse('AUTHN_SESSION_UNKNOWN', null);
        return directory.isGone(id) ? refuse('AUTHN_SESSION_ENDED', id) : afterLoad(id, nowMs);
      } catch {
        return { ok: false, code: 'INTERNAL_FAULT', facts: {} };
      }
    },
  };
}
