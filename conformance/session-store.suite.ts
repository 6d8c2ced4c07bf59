import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import type { NewSession, Store } from '@sallyport/gateway';
import { BY, type StoreUnderTest } from './store-under-test.ts';

const HOUR_MS = 3_600_000;

export function newSession(more: Partial<NewSession> = {}): NewSession {
  return {
    id: randomBytes(16).toString('hex'),
    scheme: 'signIn',
    subject: 'anna ö',
    issuer: 'https://id.example',
    providerSubject: 'p-1',
    providerSession: 's-1',
    secrets: '{"refreshToken":"canary-token"}',
    createdAtMs: BY.atMs,
    lastSeenAtMs: BY.atMs,
    expiresAtMs: BY.atMs + HOUR_MS,
    ...more,
  };
}

/** What every store has to do alike with sessions of browsers. */
export function describeSessionStore(name: string, create: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`sessions in a store: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    const open: Store[] = [];
    const another = async (): Promise<Store> => {
      const next = under.open();
      open.push(next);
      await next.open();
      return next;
    };
    const created = async (more: Partial<NewSession> = {}): Promise<NewSession> => {
      const session = newSession(more);
      await store.createSession(session);
      return session;
    };
    beforeAll(async () => {
      under = await create();
      store = await another();
    });
    afterAll(async () => {
      for (const one of open) await one.close();
    });

    it('gives back a session as it was created, on another node too, and no second of its id', async () => {
      const session = await created();
      const expected = { ...session, endedAtMs: null, revision: 0 };
      expect(await store.findSession(session.id)).toEqual(expected);
      expect(await (await another()).findSession(session.id)).toEqual(expected);
      expect(await store.findSession('0'.repeat(32))).toBeNull();
      await expect(store.createSession(session)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('seals what is secret of it, and forgets that when it ends', async () => {
      const session = await created();
      expect(await under.dump()).not.toContain('canary-token');
      expect(await store.endSessions({ id: session.id }, BY.atMs + 1)).toBe(1);
      expect(await store.findSession(session.id)).toEqual({
        ...session,
        secrets: '',
        endedAtMs: BY.atMs + 1,
        revision: 0,
      });
      expect(await store.endSessions({ id: session.id }, BY.atMs + 2)).toBe(0);
    });

    it('gives the right to renew to one at a time, and to the next when its time is up', async () => {
      const { id } = await created();
      const nodes = [store, await another(), await another()];
      const claims = await Promise.all(nodes.map((node) => node.claimSession(id, 0, 1000, 2000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await store.claimSession(id, 0, 1999, 3000)).toBe(false);
      expect(await store.claimSession(id, 0, 2000, 3000)).toBe(true);
      expect(await store.renewSession(id, 0, null)).toBe(true);
      expect(await store.claimSession(id, 0, 2001, 3000)).toBe(true);
      expect(await store.renewSession(id, 0, '{"next":1}')).toBe(true);
      expect(await store.findSession(id)).toMatchObject({ secrets: '{"next":1}', revision: 1 });
      expect(await store.renewSession(id, 0, '{"late":1}')).toBe(false);
      expect(await store.claimSession(id, 0, 9000, 9999)).toBe(false);
      await store.endSessions({ id }, BY.atMs);
      expect(await store.claimSession(id, 1, 9000, 9999)).toBe(false);
      expect(await store.renewSession(id, 1, '{"risen":1}')).toBe(false);
    });

    it('notes when sessions were seen, and never moves a time back', async () => {
      const [one, other] = [await created(), await created()];
      await store.recordSessionUses(
        new Map([
          [one.id, BY.atMs + 5],
          [other.id, BY.atMs - 5],
          ['nobody', 1],
        ]),
      );
      expect((await store.findSession(one.id))?.lastSeenAtMs).toBe(BY.atMs + 5);
      expect((await store.findSession(other.id))?.lastSeenAtMs).toBe(BY.atMs);
      await store.recordSessionUses(new Map());
    });

    it('ends sessions by subject, by session and by subject of their provider, and none that are younger than told', async () => {
      const issuer = `https://${randomBytes(4).toString('hex')}.example`;
      const more = { issuer, subject: issuer };
      const a = await created({ ...more, providerSession: 'a' });
      const b = await created({ ...more, providerSession: 'b' });
      const young = await created({ ...more, providerSession: 'a', createdAtMs: BY.atMs + 100 });
      const choice = { issuer, createdBeforeMs: BY.atMs + 100 };
      expect(await store.endSessions({ ...choice, issuer: 'https://x', providerSession: 'a' }, BY.atMs)).toBe(0);
      expect(await store.endSessions({ ...choice, providerSession: 'a' }, BY.atMs)).toBe(1);
      expect(await store.endSessions({ ...choice, providerSubject: 'p-1' }, BY.atMs)).toBe(1);
      expect((await store.findSession(a.id))?.endedAtMs).toBe(BY.atMs);
      expect((await store.findSession(b.id))?.endedAtMs).toBe(BY.atMs);
      expect((await store.findSession(young.id))?.endedAtMs).toBeNull();
      expect(await store.revokeSessions({ subject: issuer }, BY)).toBe(1);
      const listed = await store.listSessions('', 10, issuer);
      expect(listed.map(({ id, endedAtMs }) => [id, endedAtMs])).toEqual(
        [a.id, b.id, young.id].toSorted().map((id) => [id, BY.atMs]),
      );
      expect(await store.listSessions(listed[0]?.id ?? '', 1, issuer)).toEqual(listed.slice(1, 2));
    });

    it('writes revocations into the audit trail, and ends of sessions by their users not', async () => {
      const before = (await store.verifyAuditTrail()).entries;
      const [one, other] = [await created(), await created()];
      await store.endSessions({ id: one.id }, BY.atMs);
      expect(await store.revokeSessions({ id: other.id }, BY)).toBe(1);
      expect(await store.revokeSessions({ id: 'nobody' }, BY)).toBe(0);
      await created({ subject: 'berta' });
      await created({ subject: 'berta' });
      expect(await store.revokeSessions({ subject: 'berta' }, BY)).toBe(2);
      const rows = await store.auditTrail(before, 10);
      expect(rows).toMatchObject([
        { act: 'session.revoke', target: other.id },
        { act: 'session.revoke', target: 'berta' },
      ]);
      expect(rows.map(({ details }) => JSON.parse(details) as unknown)).toEqual([
        { sessions: 1 },
        { sessions: 2, by: 'subject' },
      ]);
    });

    it('tells every node of every end once and in order, page by page', async () => {
      const node = await another();
      let cursor = await node.endedCursor();
      expect(await node.endedSince(cursor, 10)).toEqual([]);
      const subject = randomBytes(4).toString('hex');
      const sessions = await Promise.all(Array.from({ length: 7 }, () => created({ subject })));
      const last = await created();
      await store.endSessions({ subject }, BY.atMs);
      await store.endSessions({ id: last.id }, BY.atMs);
      const heard: string[] = [];
      for (;;) {
        const page = await node.endedSince(cursor, 3);
        for (const at of page) {
          heard.push(at.id);
          cursor = at;
        }
        if (page.length < 3) break;
      }
      expect(heard).toEqual([...sessions.map(({ id }) => id).sort(), last.id]);
      expect(await node.endedSince(await node.endedCursor(), 10)).toEqual([]);
    });

    it('forgets what is long over, and never uses a version twice', async () => {
      const [old, gone, alive] = [
        await created({ expiresAtMs: BY.atMs - 1 }),
        await created(),
        await created({ expiresAtMs: BY.atMs + 10 * HOUR_MS }),
      ];
      await store.endSessions({ id: gone.id }, BY.atMs - 1);
      const cursor = await store.endedCursor();
      await store.sweepSessions(BY.atMs);
      expect(await store.findSession(old.id)).toBeNull();
      expect(await store.findSession(gone.id)).toBeNull();
      expect(await store.findSession(alive.id)).not.toBeNull();
      await store.endSessions({ id: alive.id }, BY.atMs);
      expect((await store.endedSince(cursor, 10)).map(({ id }) => id)).toEqual([alive.id]);
    });

    it('lists sessions in the order of their ids, without what is secret', async () => {
      const all = await store.listSessions('', 1000);
      expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted());
      expect(await store.listSessions(all[1]?.id ?? '', 2)).toEqual(all.slice(2, 4));
      expect(JSON.stringify(all)).not.toContain('secrets');
    });
  });
}
