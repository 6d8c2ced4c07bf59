import { actorOf, bodyOf, json, pathValue, queryOf } from './admin-answers.ts';
import { StoreError } from '../store/store-error.ts';
import type { OwnHandler } from '../own/own-upstream.ts';
import type { Store } from '../store/store-port.ts';
import type { StoredSession } from '../store/session-port.ts';

const DEFAULT_PAGE = 100;

/** Sessions of browsers over the admin API: whose they are and how long they last, never what is in their cookies nor the tokens behind them. */
export function sessionHandlers(store: Store): ReadonlyMap<string, OwnHandler> {
  return new Map<string, OwnHandler>([
    [
      'sallyport.sessions.list',
      async (request) => {
        const query = queryOf(request);
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const page = await store.listSessions(query.get('after') ?? '', limit, query.get('subject') ?? undefined);
        return json({
          sessions: page.map((session) => shownSession(session, request.exchange.nowMs)),
          next: page.length < limit ? null : (page.at(-1)?.id ?? null),
        });
      },
    ],
    [
      'sallyport.sessions.revoke',
      async (request) => {
        const id = pathValue(request);
        const ended = await store.revokeSessions({ id }, actorOf(request));
        // One that has ended has nothing sealed any more, so that it can be found under whatever key.
        if (ended === 0 && (await store.findSession(id)) === null)
          throw new StoreError('unknown', 'there is no session of this id');
        return json({ id, revoked: ended > 0 });
      },
    ],
    [
      'sallyport.sessions.revokeAll',
      async (request) => {
        const { subject } = bodyOf<{ readonly subject: string }>(request);
        return json({ subject, revoked: await store.revokeSessions({ subject }, actorOf(request)) });
      },
    ],
  ]);
}

function shownSession(session: Omit<StoredSession, 'secrets'>, nowMs: number): object {
  const { id, scheme, subject, issuer, createdAtMs, lastSeenAtMs, expiresAtMs, endedAtMs, revision } = session;
  const time = (atMs: number): string => new Date(atMs).toISOString();
  return {
    id,
    scheme,
    subject,
    issuer,
    state: endedAtMs !== null ? 'ended' : expiresAtMs <= nowMs ? 'expired' : 'active',
    created: time(createdAtMs),
    lastSeen: time(lastSeenAtMs),
    expires: time(expiresAtMs),
    ended: endedAtMs === null ? null : time(endedAtMs),
    renewals: revision,
  };
}
