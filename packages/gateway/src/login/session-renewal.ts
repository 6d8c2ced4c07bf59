import type { LoginPolicy } from '@sallyport/core';
import { readSecrets, type SessionSecrets } from './session-secrets.ts';
import type { ProviderClient, TokenSet } from './provider-client.ts';
import type { ProviderTokens } from './id-token.ts';
import type { SessionStore, StoredSession } from '../store/session-port.ts';

/** What became of a renewal: `renewed` here or on another node, `ended` because the provider said so, `failed` for now. */
export type Renewal = 'renewed' | 'ended' | 'failed';

/** How often another node's renewal is looked for. */
const LOOK_MS = 100;
/** Time for the database beside the provider's. */
const SPARE_MS = 5_000;

export interface RenewalOptions {
  readonly policy: LoginPolicy;
  readonly client: ProviderClient;
  readonly tokens: ProviderTokens;
  readonly store: SessionStore;
  readonly nowMs: () => number;
  /** Never goes back, whatever the clock of the machine is set to. */
  readonly steadyMs: () => number;
  /** Resolves after a while. */
  readonly pause: (ms: number) => Promise<void>;
  /** A word for the operator. */
  readonly tell: (message: string, detail: string) => void;
}

/**
 * Renews a session with its refresh token. One node does it at a time: a provider that rotates refresh tokens takes the second use of one for theft and ends
 * everything (RFC 9700, section 4.14.2), so whoever does not get the right to renew waits for who has it. A node that dies in between holds the right
 * until its time is up. Rejects with a `StoreError` where the store does not answer.
 */
export async function renewSession(session: StoredSession, options: RenewalOptions): Promise<Renewal> {
  const { policy, store, nowMs, steadyMs } = options;
  const lastsMs = policy.timeoutMs * 2 + SPARE_MS;
  const lateMs = steadyMs() + lastsMs;
  const untilMs = nowMs() + lastsMs;
  while (!(await store.claimSession(session.id, session.revision, nowMs(), untilMs))) {
    const now = await store.findSession(session.id);
    if (now === null || now.endedAtMs !== null) return 'ended';
    if (now.revision !== session.revision) return 'renewed';
    if (steadyMs() >= lateMs) return 'failed';
    await options.pause(LOOK_MS);
  }
  let next: SessionSecrets | 'ended' | null = null;
  try {
    next = await ask(session, options);
  } finally {
    // Given back, so that the next request may try again.
    if (next === null) await store.renewSession(session.id, session.revision, null);
  }
  if (next === null) return 'failed';
  if (next === 'ended') {
    await store.endSessions({ id: session.id }, nowMs());
    return 'ended';
  }
  return (await store.renewSession(session.id, session.revision, JSON.stringify(next))) ? 'renewed' : 'ended';
}

/** The session's new secrets; null where the provider could not be asked. */
async function ask(
  session: StoredSession,
  { policy, client, tokens, nowMs, tell }: RenewalOptions,
): Promise<SessionSecrets | 'ended' | null> {
  const secrets = readSecrets(session.secrets);
  if (secrets === null || secrets.refreshToken === null) return 'ended';
  const answer = await client.refresh(secrets.refreshToken);
  if (!answer.ok) {
    if (answer.why === 'unavailable') {
      tell('a session cannot be renewed: the provider does not answer as it should', answer.reason);
      return null;
    }
    if (answer.error === 'invalid_grant') return 'ended';
    // It is we who were refused, and not the session.
    tell('a session cannot be renewed: the provider refuses us', answer.error);
    return null;
  }
  const set = answer.value;
  const idToken = set.idToken;
  if (idToken === null) return renewed(secrets, set, null, policy, nowMs());
  const context = {
    nonce: null,
    accessToken: set.accessToken,
    subject: typeof secrets.claims['sub'] === 'string' ? secrets.claims['sub'] : '',
  };
  const verdict = await tokens.verifyIdToken(idToken, context, nowMs());
  if (!verdict.ok) {
    tell('a session was ended: the ID token of its renewal does not hold', verdict.reason);
    return 'ended';
  }
  // What is in the store is found by the subject that it had at the login.
  if (verdict.principal.subject !== session.subject) return 'ended';
  return renewed(
    { ...secrets, claims: verdict.claims, roles: verdict.principal.roles },
    set,
    policy.idTokenHint ? idToken : null,
    policy,
    nowMs(),
  );
}

function renewed(
  secrets: SessionSecrets,
  set: TokenSet,
  idToken: string | null,
  policy: LoginPolicy,
  nowMs: number,
): SessionSecrets {
  return {
    ...secrets,
    scopes: set.scopes ?? secrets.scopes,
    refreshToken: set.refreshToken ?? secrets.refreshToken,
    idToken: idToken ?? (policy.idTokenHint ? secrets.idToken : null),
    renewAtMs: renewAt(set, nowMs),
  };
}

/** When the access token ends, and with it what the provider has vouched for; null where it does not say. */
export function renewAt(set: TokenSet, nowMs: number): number | null {
  return set.expiresInSeconds === null ? null : nowMs + set.expiresInSeconds * 1000;
}
