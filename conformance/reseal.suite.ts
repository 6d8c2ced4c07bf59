import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createStore, type NewKey, type Store } from '@sallyport/gateway';
import { newSession } from './session-store.suite.ts';
import { BY, newKey, rejection, STORE_KEY, type StoreUnderTest } from './store-under-test.ts';
import { testSecret } from './test-secret.ts';

const NEXT_KEY = 'the next key for tests, long enough';
const THIRD_KEY = 'a third key for tests, long enough too';
const TABLES = ['sallyport_keys', 'sallyport_sessions', 'sallyport_signing_keys'];
const signingKey = {
  id: 'sign',
  algorithm: 'ES256',
  publicJwk: '{"kty":"EC"}',
  privateJwk: '{"d":"canary-private-key"}',
  signsFromMs: BY.atMs,
  signsUntilMs: BY.atMs + 10,
  verifiedUntilMs: BY.atMs + 20,
};

/** What every store has to do alike when its key changes. `create` gives a new, empty one. */
export function describeReseal(name: string, create: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`a new key for a store: ${name}`, () => {
    let under: StoreUnderTest;
    const opened: Store[] = [];
    const make = (...[key = STORE_KEY, ...older]: readonly string[]): Store => {
      const store = createStore({ ...under.policy, key: testSecret(key), olderKeys: older.map(testSecret) });
      opened.push(store);
      return store;
    };
    const open = async (...keys: readonly string[]): Promise<Store> => {
      const store = make(...keys);
      await store.open();
      return store;
    };
    /** Which keys the rows of each table are sealed under, by what they begin with. */
    const prefixes = async (): Promise<readonly string[]> => {
      const dump = await under.dump();
      return [...new Set(dump.match(/v[12]\.(?:[\w-]{12}\.)?(?=[\w-]{38})/g) ?? [])];
    };
    const filled = async (store: Store, keys = 3): Promise<readonly NewKey[]> => {
      const all = Array.from({ length: keys }, () => newKey());
      await store.importKeys(all, BY);
      await store.createSession(newSession());
      await store.addSigningKey(signingKey, null, BY);
      return all;
    };
    beforeEach(async () => {
      under = await create();
    });
    afterAll(async () => {
      for (const store of opened) await store.close();
    });

    it('seals every row under the newest key, after which the old one can be taken away', async () => {
      const [key] = await filled(await open(STORE_KEY));
      const [before] = await prefixes();
      const store = await open(NEXT_KEY, STORE_KEY);
      const report = await store.reseal(BY);
      expect(report).toMatchObject({ keys: 3, sessions: 1, signingKeys: 1, unreadable: 0 });
      const after = await open(NEXT_KEY);
      expect(await after.getKey(key?.id ?? '')).toMatchObject({ contact: key?.contact, attributes: key?.attributes });
      expect(await after.signingKeys(BY.atMs)).toEqual([signingKey]);
      const [session] = await after.listSessions('', 1);
      expect((await after.findSession(session?.id ?? ''))?.secrets).toContain('canary-token');
      expect(before).not.toBe(`v2.${report.key}.`);
      expect(await store.reseal(BY)).toMatchObject({ keys: 0, sessions: 0, signingKeys: 0 });
      const refused = await rejection(make(STORE_KEY).open());
      expect(refused.kind).toBe('key');
      expect(refused.message).toContain(report.key);
    });

    it('goes on under the old key until it is told to change, so that nodes without the new one are not shut out', async () => {
      const old = await open(STORE_KEY);
      const both = await open(NEXT_KEY, STORE_KEY);
      const [key, session] = [newKey(), newSession()];
      await both.createKey(key, BY);
      await both.createSession(session);
      expect(await old.getKey(key.id)).toMatchObject({ contact: key.contact });
      expect((await old.findSession(session.id))?.secrets).toBe(session.secrets);
    });

    it('nodes that create, renew and read meanwhile lose nothing, and leave nothing under the old key', async () => {
      const all = [...(await filled(await open(STORE_KEY), 250))];
      const nodes = [await open(NEXT_KEY, STORE_KEY), await open(NEXT_KEY, STORE_KEY)];
      const sessions = Array.from({ length: 8 }, () => newSession());
      for (const session of sessions) await nodes[0]?.createSession(session);
      let over = false;
      let writes = 0;
      const working = nodes.map(async (node, at) => {
        for (let turn = 0; !over; turn++) {
          const key = newKey();
          const session = newSession();
          await node.createKey(key, BY);
          await node.createSession(session);
          const mine = sessions[at * 4 + (turn % 4)];
          const found = await node.findSession(mine?.id ?? '');
          if (found === null) throw new Error('a session is gone');
          const renewed = await node.renewSession(found.id, found.revision, `{"turn":${turn}}`);
          if (!renewed) throw new Error('a session was not renewed');
          all.push(key);
          sessions.push(session);
          writes += 1;
        }
      });
      const operator = await open(NEXT_KEY, STORE_KEY);
      const { key: id } = await operator.reseal(BY);
      const during = writes;
      while (writes < during + 4) await operator.getKey('nobody');
      over = true;
      await Promise.all(working);
      const after = await open(NEXT_KEY);
      for (const key of all) expect((await after.getKey(key.id))?.contact, key.id).toBe(key.contact);
      for (const session of sessions) expect(await after.findSession(session.id), session.id).not.toBeNull();
      for (const table of TABLES)
        await under.tamper(
          `CREATE TABLE left_over AS SELECT id FROM ${table} WHERE sealed IS NOT NULL AND substr(sealed, 1, 16) <> 'v2.${id}.'`,
          `CREATE UNIQUE INDEX none_left ON left_over ((1))`,
          `INSERT INTO left_over VALUES ('the only one')`,
          'DROP TABLE left_over',
        );
      expect((await after.verifyAuditTrail()).faults).toEqual([]);
    });

    it('after a kill at any moment it says what is missing and how to go on, and goes on', async () => {
      const all = await filled(await open(STORE_KEY), 900);
      const rows = await killed(under, 2);
      expect(rows).toBeGreaterThan(0);
      const refused = await rejection(make(NEXT_KEY).open());
      expect(refused.kind).toBe('key');
      expect(refused.message).toContain('sallyport store reseal');
      const store = await open(NEXT_KEY, STORE_KEY);
      const report = await store.reseal(BY);
      expect(report.keys).toBeGreaterThan(0);
      expect(report.keys).toBeLessThanOrEqual(900 - rows);
      const after = await open(NEXT_KEY);
      for (const key of [all[0], all[450], all[899]])
        expect(await after.getKey(key?.id ?? '')).toMatchObject({ contact: key?.contact });
    });

    it('the audit trail tells of it and stays whole, and what the old key vouched for is told from what it did not', async () => {
      const before = await open(STORE_KEY);
      await filled(before);
      const { head } = await before.verifyAuditTrail();
      const store = await open(NEXT_KEY, STORE_KEY);
      const { key } = await store.reseal({ actor: 'operator', atMs: BY.atMs + 5 });
      const after = await open(NEXT_KEY);
      await after.createKey(newKey(), BY);
      expect(await after.verifyAuditTrail(head)).toMatchObject({ faults: [] });
      const [begun, done, next] = await after.auditTrail(head.sequence, 3);
      expect(begun).toMatchObject({ act: 'store.reseal', actor: 'operator', target: key, previous: head.hash });
      expect(done).toMatchObject({ act: 'store.resealed', target: key });
      expect(JSON.parse(done?.details ?? '')).toEqual({ keys: 3, sessions: 1, signingKeys: 1 });
      expect(next?.act).toBe('key.create');
    });

    it('takes a third key before the second has done, and back again', async () => {
      const [key] = await filled(await open(STORE_KEY), 300);
      await killed(under, 1);
      expect((await rejection(make(THIRD_KEY, NEXT_KEY).open())).kind).toBe('key');
      await (await open(THIRD_KEY, NEXT_KEY, STORE_KEY)).reseal(BY);
      expect(await (await open(THIRD_KEY)).getKey(key?.id ?? '')).toMatchObject({ contact: key?.contact });
      await (await open(STORE_KEY, THIRD_KEY)).reseal(BY);
      const back = await open(STORE_KEY);
      expect(await back.getKey(key?.id ?? '')).toMatchObject({ contact: key?.contact });
      expect((await back.verifyAuditTrail()).faults).toEqual([]);
    });

    it('leaves a row alone that opens under no key, and says so', async () => {
      const [one, two] = await filled(await open(STORE_KEY));
      await under.tamper(
        `UPDATE sallyport_keys SET sealed = (SELECT sealed FROM sallyport_keys WHERE id = '${one?.id}') WHERE id = '${two?.id}'`,
      );
      const store = await open(NEXT_KEY, STORE_KEY);
      expect(await store.reseal(BY)).toMatchObject({ keys: 2, unreadable: 1 });
      expect((await rejection((await open(NEXT_KEY, STORE_KEY)).getKey(two?.id ?? ''))).kind).toBe('key');
    });

    it('vouches for cookies that were made before, also when their key is gone, and for none that was not made here', async () => {
      const before = (await open(STORE_KEY)).cookies();
      const mac = before.mac('a session');
      await (await open(NEXT_KEY, STORE_KEY)).reseal(BY);
      const after = (await open(NEXT_KEY)).cookies();
      expect(after.mac('a session')).not.toBe(mac);
      expect(after.isMac('a session', mac)).toBe(true);
      expect(after.isMac('another session', mac)).toBe(false);
      expect(after.isMac('a session', '0'.repeat(32))).toBe(false);
      expect(after.isMac('a session', '')).toBe(false);
      expect(before.isMac('a session', after.mac('a session'))).toBe(false);
    });

    it('opens what an earlier version sealed under the same key, in every table', async () => {
      const store = await open(STORE_KEY);
      const key = newKey();
      const session = newSession();
      await store.createKey({ ...key, id: 'stored-key' }, BY);
      await store.createSession({ ...session, id: '5'.repeat(32) });
      await store.addSigningKey({ ...signingKey, id: 'stored-sign' }, null, BY);
      const stored = {
        sallyport_keys: 'IP8S6g_3lGQ39bZd2KoYinQujxTvR75_LzM34j47INIjZ6n1avScI8e7Oj60I_MkAcnpcY6azfOTArmqDr9blA',
        sallyport_sessions: 'zzqvN8BDuhOsY3bj4hhqelVxlqmW9_vG6dVSqx6x8ZH7O2eEIjlJ5UVVumFswY3G76CKBHg',
        sallyport_signing_keys: '_jtBdz3JZfxDABQMILkEulixIBdcMOlONdRHbdfnenBL0Gx3BGcPtouO',
      };
      const state =
        'hYxXuFaYikUJWQrq-VC2FnvRsCTCv2o3maHXBQnNg6_bSI7bFWlQwl2tK042pYncdvn8lJaY9o8pecB3SmNrvVR2suj9Lq3NTFRvKsroJtEnkbHY_YXtKHKknyCwzskkg27SMpVvfRM72BSMaFxDVV5SKoTMWQy-qUEANCJoN7fJw5CnJ9SfF0A';
      await under.tamper(
        ...Object.entries(stored).map(([table, text]) => `UPDATE ${table} SET sealed = 'v2.unTwHOAAlbpd.${text}'`),
        `UPDATE sallyport_meta SET value = 'v2.unTwHOAAlbpd.${state}' WHERE name = 'kept keys'`,
      );
      const after = await open(STORE_KEY);
      expect(await after.getKey('stored-key')).toMatchObject({
        contact: 'contact@example.com',
        attributes: { team: 'a' },
      });
      expect((await after.findSession('5'.repeat(32)))?.secrets).toBe('{"refreshToken":"stored"}');
      expect(await after.signingKeys(BY.atMs)).toMatchObject([{ privateJwk: '{"d":"stored"}' }]);
      expect((await after.verifyAuditTrail()).faults).toEqual([]);
    });

    it('opens what was sealed before keys had ids, and seals that anew too', async () => {
      const store = await open(STORE_KEY);
      const [key] = await filled(store);
      const former = formerSeal(STORE_KEY);
      await under.tamper(
        "DELETE FROM sallyport_meta WHERE name = 'kept keys'",
        `INSERT INTO sallyport_meta (name, value) VALUES ('sealing check', '${former('sallyport', 'sealing check')}')`,
        `UPDATE sallyport_keys SET sealed = '${former(JSON.stringify(['former contact', {}]), `key ${key?.id}`)}' WHERE id = '${key?.id}'`,
      );
      expect((await rejection(make(THIRD_KEY).open())).kind).toBe('key');
      const both = await open(NEXT_KEY, STORE_KEY);
      expect((await both.getKey(key?.id ?? ''))?.contact).toBe('former contact');
      expect((await both.verifyAuditTrail()).faults).toEqual([]);
      await both.reseal(BY);
      expect((await (await open(NEXT_KEY)).getKey(key?.id ?? ''))?.contact).toBe('former contact');
    });
  });
}

/** Sealing as it was before keys had ids. */
function formerSeal(key: string): (text: string, place: string) => string {
  const sealing = Buffer.from(hkdfSync('sha256', key, '', 'sallyport store: sealed secrets', 32));
  return (text, place) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(place));
    const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${bytes.toString('base64url')}`;
  };
}

/** Has another process seal the store under the next key, which is killed after some batches; tells how many rows it said were done. */
async function killed({ policy }: StoreUnderTest, afterBatches: number): Promise<number> {
  const where = policy.location.kind === 'sqlite' ? `sqlite:${policy.location.path}` : policy.location.url.reveal();
  const child = spawn(
    process.execPath,
    [
      '--conditions=sallyport-source',
      join(import.meta.dirname, 'store-resealer.ts'),
      ...[where, NEXT_KEY, STORE_KEY, String(afterBatches)],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return Number(text.trimEnd().split('\n').at(-1));
}
