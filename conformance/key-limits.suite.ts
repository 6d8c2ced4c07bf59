import { describe, expect, it } from 'vitest';
import type { Store } from '@sallyport/gateway';
import { BY, newKey, rejection } from './store-under-test.ts';
import { KEY_LIMIT_COLUMNS } from '../packages/gateway/src/store/key-limit-tables.ts';

/** Limits of single keys, as every store has to keep them. */
export function describeKeyLimits(
  storeNow: () => Store,
  tamper: (...statements: readonly string[]) => Promise<void>,
): void {
  const last = async (count: number) => (await storeNow().changesSince(0, 1_000_000)).slice(-count);

  describe('limits of single keys', () => {
    it('come back as they went in, with the family; a key without has none and begins its own', async () => {
      const store = storeNow();
      const limited = newKey({ limits: ['5/s', '100/m fixed-window'] });
      const plain = newKey({ addresses: [] });
      await store.createKey(limited, BY);
      await store.importKeys([plain], BY);
      expect(await store.getKey(limited.id)).toMatchObject({
        limits: ['5/s', '100/m fixed-window'],
        family: limited.id,
      });
      expect(await store.findKey(plain.sha256)).toMatchObject({ limits: [], family: plain.id });
      expect((await last(2)).map(({ counted }) => counted)).toEqual([
        { id: limited.id, family: limited.id, limits: ['5/s', '100/m fixed-window'], addresses: limited.addresses },
        null,
      ]);
    });

    it('tell nodes where a key may be used from, for tokens that it obtained, and its successor with it', async () => {
      const store = storeNow();
      const [key, next] = [newKey({ addresses: ['10.1.0.0/16'] }), newKey({ addresses: ['10.1.0.0/16'] })];
      await store.createKey(key, BY);
      await store.rotateKey(key.id, { ...next, replaces: key.id }, BY.atMs + 1, BY);
      for (const { counted } of await last(2))
        expect(counted).toMatchObject({ limits: [], addresses: ['10.1.0.0/16'] });
    });

    it('are changed for the whole family, each key of it with a change of its own, and go into the audit trail', async () => {
      const store = storeNow();
      const [first, second, third, stranger] = [newKey(), newKey(), newKey(), newKey()];
      await store.importKeys([first, stranger], BY);
      await store.rotateKey(first.id, { ...second, replaces: first.id }, BY.atMs + 1, BY);
      await store.rotateKey(second.id, { ...third, replaces: second.id }, BY.atMs + 1, BY);
      const changed = await store.limitKey(second.id, ['7/m'], BY);
      expect(changed.toSorted()).toEqual([first.id, second.id, third.id].toSorted());
      for (const { id } of [first, second, third])
        expect(await store.getKey(id)).toMatchObject({ limits: ['7/m'], family: first.id });
      expect(await store.getKey(stranger.id)).toMatchObject({ limits: [] });
      const changes = await last(3);
      expect(new Set(changes.map(({ version }) => version)).size).toBe(3);
      expect(changes.map(({ sha256 }) => sha256).toSorted()).toEqual(
        [first, second, third].map(({ sha256 }) => sha256).toSorted(),
      );
      const trail = await store.auditTrail(0, 1_000_000);
      expect(trail.at(-1)).toMatchObject({ act: 'key.limit', target: second.id, actor: BY.actor });
      expect(JSON.parse(trail.at(-1)?.details ?? '')).toEqual({ limits: ['7/m'], keys: changed });
    });

    it('are taken away by an empty list, which a node hears of', async () => {
      const store = storeNow();
      const key = newKey({ limits: ['1/d'] });
      await store.createKey(key, BY);
      expect(await store.limitKey(key.id, [], BY)).toEqual([key.id]);
      expect(await store.getKey(key.id)).toMatchObject({ limits: [] });
      expect((await last(1))[0]?.counted).toEqual({
        id: key.id,
        family: key.id,
        limits: [],
        addresses: key.addresses,
      });
    });

    it('are carried over by a rotation as they are by then, whatever its maker knew', async () => {
      const store = storeNow();
      const key = newKey({ limits: ['1/d'] });
      const next = newKey({ limits: ['1/d'], family: 'made-up', replaces: key.id });
      await store.createKey(key, BY);
      await store.limitKey(key.id, ['2/h'], BY);
      await store.rotateKey(key.id, next, BY.atMs + 1, BY);
      expect(await store.getKey(next.id)).toMatchObject({ limits: ['2/h'], family: key.id });
    });

    it('are not given to a key that is revoked or not there', async () => {
      const store = storeNow();
      const key = newKey();
      await store.createKey(key, BY);
      await store.revokeKey(key.id, BY);
      const before = (await store.verifyAuditTrail()).head;
      expect((await rejection(store.limitKey(key.id, ['1/s'], BY))).kind).toBe('unknown');
      expect((await rejection(store.limitKey('nobody', ['1/s'], BY))).kind).toBe('unknown');
      expect((await store.verifyAuditTrail()).head).toEqual(before);
    });

    it('find the family of keys that were rotated before there were families', async () => {
      const store = storeNow();
      const [first, second, third] = [newKey(), newKey(), newKey()];
      await store.createKey(first, BY);
      await store.rotateKey(first.id, { ...second, replaces: first.id }, BY.atMs + 1, BY);
      await store.rotateKey(second.id, { ...third, replaces: second.id }, BY.atMs + 1, BY);
      await tamper(
        'DROP INDEX sallyport_keys_family',
        'ALTER TABLE sallyport_keys DROP COLUMN family',
        'ALTER TABLE sallyport_keys DROP COLUMN limits',
        ...KEY_LIMIT_COLUMNS,
      );
      for (const { id } of [first, second, third])
        expect(await store.getKey(id)).toMatchObject({ family: first.id, limits: [] });
    });
  });
}
