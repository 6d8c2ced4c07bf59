import { readFileSync } from 'node:fs';
import { isObject, type JsonObject, type Secret, type VaultLogin, type VaultPolicy } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import type { Egress } from '../egress/egress.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import { VaultError } from './vault-error.ts';
import { createVaultHttp, type VaultCall } from './vault-http.ts';

/** A connection to Vault that is logged in and stays so. */
export interface VaultSession {
  /** For people: where it is. */
  readonly address: string;
  /** Asks with a token, logging in first where there is none. Rejects with a `VaultError`. */
  ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: JsonObject): Promise<JsonObject>;
  close(): void;
}

/** A word for the operator about the login itself. */
export type TellVault = (level: 'warn', message: string, detail: string) => void;

type OwnToken = Extract<VaultLogin, { method: 'token' }>;

interface Token {
  readonly text: string;
  /** In time that is never set back. */
  readonly gotAtMs: number;
  /** In the same; null where it never ends. */
  readonly endsAtMs: number | null;
  readonly renewable: boolean;
}

const MAX_SECRET_BYTES = 64 * 1024;
/** A token that is refused so soon is not outdated: what was asked for is not allowed. */
const FRESH_MS = 1_000;
const MAX_TIMER_MS = 24 * 86_400_000;
const RETRY_MS = 10_000;
const A_REFERENCE = '; write the path of a file with it, ${env:NAME} or ${file:path}';

/**
 * Logs in at the first question, one login at a time. The token is renewed after two thirds of its life; where it cannot be any more, or
 * where Vault refuses it, the next question logs in anew. A token of the operator's own is never revoked; one that was got here ends by itself. Where that
 * is the operator's own and cannot be renewed, `tell` hears beforehand: nobody but the operator has another one.
 */
export function createVaultSession(
  policy: VaultPolicy,
  ca: string | null,
  egress: Egress,
  clock: Clock = SYSTEM_CLOCK,
  tell: TellVault = () => undefined,
): VaultSession {
  const http = createVaultHttp(policy, ca, egress);
  let token: Token | null = null;
  let loggingIn: Promise<Token> | null = null;
  let cancel: () => void = () => undefined;
  let closed = false;

  const logIn = (): Promise<Token> => {
    loggingIn ??= obtain(policy.login, http.call, clock)
      .then(keep)
      .finally(() => (loggingIn = null));
    return loggingIn;
  };
  const keep = (next: Token): Token => {
    token = next;
    cancel();
    if (policy.login.method === 'token' && next.endsAtMs !== null && !next.renewable)
      tell(
        'warn',
        'the token for Vault ends, and cannot be renewed',
        endOf(policy.login, policy.address, clock.nowMs() + next.endsAtMs - clock.steadyMs()),
      );
    if (next.endsAtMs !== null && next.renewable && !closed)
      cancel = clock.schedule(
        Math.min((Math.max(next.endsAtMs - next.gotAtMs, 0) * 2) / 3, MAX_TIMER_MS),
        () => void renew(next),
      );
    return next;
  };
  const renew = async (old: Token): Promise<void> => {
    try {
      const answer = await http.call('POST', 'auth/token/renew-self', { token: old.text, body: {} });
      const next = tokenOf(answer, clock.steadyMs());
      if (token !== old || closed) return;
      // Its longest life is near: a new login instead of ever shorter renewals.
      const shrunk = next.endsAtMs !== null && old.endsAtMs !== null && next.endsAtMs <= old.endsAtMs;
      if (shrunk && policy.login.method !== 'token') await logIn();
      else keep({ ...next, renewable: next.renewable && !shrunk });
    } catch (error) {
      if (token !== old || closed) return;
      const again =
        error instanceof VaultError &&
        error.kind === 'unavailable' &&
        clock.steadyMs() + RETRY_MS < (old.endsAtMs ?? Infinity);
      if (again) cancel = clock.schedule(RETRY_MS, () => void renew(old));
      else token = null;
    }
  };

  return {
    address: policy.address,
    async ask(method, path, body) {
      if (closed) throw new VaultError('unavailable', 'the connection to Vault is closed');
      const more = body === undefined ? {} : { body };
      const known =
        token !== null && (token.endsAtMs === null || clock.steadyMs() < token.endsAtMs) ? token : await logIn();
      try {
        return await http.call(method, path, { ...more, token: known.text });
      } catch (error) {
        const outdated =
          error instanceof VaultError && error.kind === 'denied' && clock.steadyMs() - known.gotAtMs >= FRESH_MS;
        if (!outdated) throw error;
      }
      const next = token === known ? await logIn() : (token ?? (await logIn()));
      return http.call(method, path, { ...more, token: next.text });
    },
    close() {
      closed = true;
      cancel();
      token = null;
      http.close();
    },
  };
}

async function obtain(login: VaultLogin, call: VaultCall, clock: Clock): Promise<Token> {
  try {
    if (login.method === 'token') {
      const text = reveal(login.token, 'vault.token');
      const { data } = await call('GET', 'auth/token/lookup-self', { token: text });
      const about = isObject(data ?? null) ? (data as JsonObject) : {};
      return tokenOf(
        { auth: { client_token: text, lease_duration: about['ttl'] ?? 0, renewable: about['renewable'] ?? false } },
        clock.steadyMs(),
      );
    }
    const body: JsonObject =
      login.method === 'approle'
        ? {
            role_id: reveal(login.roleId, 'vault.appRole.roleId'),
            secret_id: reveal(login.secretId, 'vault.appRole.secretId'),
          }
        : { role: login.role, jwt: reveal(login.tokenFile, 'vault.kubernetes.tokenFile', '') };
    return tokenOf(await call('POST', `auth/${login.mount}/login`, { body }), clock.steadyMs());
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    // Who cannot log in has not been told anything about what was to be asked: the keys and secrets at hand are still good.
    const lookAt = error.kind === 'unavailable' ? '' : loginHint(login);
    throw new VaultError('unavailable', `the login failed: ${error.message}${lookAt}`, error);
  }
}

/** Vault answers alike where nothing is mounted and where what was shown does not count. */
function loginHint(login: VaultLogin): string {
  if (login.method === 'token')
    return `; the token has ended, was revoked or may not look itself up: ${newToken(login)}`;
  const shown =
    login.method === 'approle'
      ? 'RoleID and SecretID count'
      : `it knows the role ${login.role}, and for this service account`;
  return `; see that ${shown}, and that the method is mounted at auth/${login.mount}`;
}

function endOf(login: OwnToken, address: string, endsAtMs: number): string {
  return `${address}: until ${new Date(endsAtMs).toISOString()}; before then ${newToken(login)}`;
}

/** What to do for another token: a file is read again at each login, and everything else with the policy. */
function newToken({ token }: OwnToken): string {
  return typeof token === 'string'
    ? 'write a new one into the file that vault.token names, which is read by itself'
    : 'put a new one where vault.token takes it from, and restart';
}

function tokenOf(answer: JsonObject, gotAtMs: number): Token {
  const auth = isObject(answer['auth'] ?? null) ? (answer['auth'] as JsonObject) : {};
  const { client_token: text, lease_duration: seconds, renewable } = auth;
  if (typeof text !== 'string' || !isToken(text)) throw new VaultError('unavailable', 'the answer holds no token');
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null;
  return { text, gotAtMs, endsAtMs: lifeMs === null ? null : gotAtMs + lifeMs, renewable: renewable === true };
}

/** `hint` says what the setting is, where it could have been taken for something else. */
function reveal(from: Secret | string, setting: string, hint = A_REFERENCE): string {
  let text: string;
  try {
    text = (typeof from === 'string' ? readFileSync(from, 'utf8') : from.reveal()).trim();
  } catch (error) {
    // Without the path: who wrote the secret itself in its place would find it in the log.
    throw new VaultError('unavailable', `${setting} cannot be read: ${fileReason(error)}${hint}`);
  }
  // It goes into a header: a line end in it would begin another.
  if (!isToken(text)) throw new VaultError('unavailable', `${setting} is empty, too large or not one line of text`);
  return text;
}

function isToken(text: string): boolean {
  return text.length > 0 && text.length <= MAX_SECRET_BYTES && /^[\x21-\x7e]+$/.test(text);
}
