import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Store } from '@sallyport/gateway';
import type { StorePolicy } from '@sallyport/core';
import { describeKeyLimits } from './key-limits.suite.ts';
import { describeGrants } from './grants.suite.ts';
import { describeOneTime } from './one-time.suite.ts';
import { describeAuditTrail } from './store-audit.suite.ts';
import { describeKeys } from './store-keys.suite.ts';
import { describeRevocations } from './store-revocations.suite.ts';
import { describeSigningKeys } from './store-signing-keys.suite.ts';
import { BY, newKey, rejection, STORE_KEY, type StoreUnderTest } from './store-under-test.ts';

let kills = 0;

/** What every store has to do alike. `create` gives a new, empty one. */
export function describeStore(
  name: string,
  create: () => StoreUnderTest | Promise<StoreUnderTest>,
  appendOnlyOff: readonly string[],
): void {
  describe(`store: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    const open: Store[] = [];
    const another = async (): Promise<Store> => {
      const next = under.open();
      open.push(next);
      await next.open();
      return next;
    };
    beforeAll(async () => {
      under = await create();
      store = await another();
    });
    afterAll(async () => {
      for (const one of open) await one.close();
    });

    describeKeys(() => store);
    describeRevocations(
      () => store,
      () => under,
    );

    describeGrants(() => store, another);
    describeOneTime(
      () => store,
      another,
      () => under,
    );
    describeKeyLimits(
      () => store,
      (...statements) => under.tamper(...statements),
    );
    describeSigningKeys(
      () => store,
      () => under,
    );

    it('several writers at once lose nothing: versions, and the audit trail, stay one line', async () => {
      const others = [store, await another(), await another()];
      const before = (await store.verifyAuditTrail()).entries;
      const keys = Array.from({ length: 30 }, () => newKey());
      await Promise.all(keys.map((key, index) => (others[index % 3] ?? store).createKey(key, BY)));
      for (const { id } of keys) expect(await store.getKey(id)).not.toBeNull();
      const report = await store.verifyAuditTrail();
      expect(report).toMatchObject({ entries: before + 30, faults: [] });
    });

    it('what a killed process acknowledged is there, whenever it was killed', async () => {
      for (const afterLines of [1, 7, 20]) {
        const acknowledged = await killedWriter(under.policy, `kill-${afterLines}-${kills++}`, afterLines);
        expect(acknowledged.length).toBeGreaterThanOrEqual(afterLines);
        const fresh = await another();
        for (const id of acknowledged) expect(await fresh.getKey(id), id).not.toBeNull();
        expect((await fresh.verifyAuditTrail()).faults).toEqual([]);
      }
    });

    it('holds contact and attributes sealed: nowhere in the database do they stand', async () => {
      const dump = await under.dump();
      expect(dump).toContain('billing');
      expect(dump).not.toContain('canary');
    });

    it('does not open under another key', async () => {
      const wrong = under.open('another key that is also long enough');
      open.push(wrong);
      expect((await rejection(wrong.open())).kind).toBe('key');
    });

    it('sealed text that was moved to another row does not open', async () => {
      const one = newKey();
      const two = newKey();
      await store.importKeys([one, two], BY);
      await under.tamper(
        `UPDATE sallyport_keys SET sealed = (SELECT sealed FROM sallyport_keys WHERE id = '${one.id}') WHERE id = '${two.id}'`,
      );
      expect((await rejection(store.getKey(two.id))).kind).toBe('key');
      await under.tamper(`DELETE FROM sallyport_keys WHERE id = '${two.id}'`);
    });

    describeAuditTrail(
      () => store,
      () => under,
      appendOnlyOff,
    );

    it('brings a database of an earlier version up to date, once, and keeps what is in it', async () => {
      const earlier = await create();
      const opened = async (): Promise<Store> => {
        const one = earlier.open();
        open.push(one);
        await one.open();
        return one;
      };
      const [key, revoked] = [newKey(), newKey()];
      const before = await opened();
      await before.importKeys([key, revoked], BY);
      await before.revokeKey(revoked.id, BY);
      await before.close();
      await earlier.tamper(
        'DROP INDEX sallyport_keys_family',
        'ALTER TABLE sallyport_keys DROP COLUMN family',
        'ALTER TABLE sallyport_keys DROP COLUMN limits',
        'DROP TABLE sallyport_used',
        "UPDATE sallyport_meta SET value = '5' WHERE name = 'version'",
      );
      for (const one of [await opened(), await opened()]) {
        expect(await one.getKey(key.id)).toMatchObject({ contact: key.contact, limits: [], family: key.id });
        expect((await one.getKey(revoked.id))?.revokedAtMs).toBe(BY.atMs);
        expect((await one.verifyAuditTrail()).faults).toEqual([]);
      }
      expect((await (await opened()).useOnce([{ name: 'once', untilMs: BY.atMs }])).size).toBe(1);
    });

    it('refuses a database of a later version, and leaves it as it is', async () => {
      await under.tamper(
        "CREATE TABLE kept_meta AS SELECT value FROM sallyport_meta WHERE name = 'version'",
        "UPDATE sallyport_meta SET value = '99' WHERE name = 'version'",
      );
      const later = under.open();
      open.push(later);
      expect((await rejection(later.open())).kind).toBe('newer');
      await under.tamper(
        "UPDATE sallyport_meta SET value = (SELECT value FROM kept_meta) WHERE name = 'version'",
        'DROP TABLE kept_meta',
      );
      await expect(later.open()).resolves.toBeUndefined();
    });
  });
}

/** Starts a process that creates keys as fast as it can and tells each that was acknowledged; kills it with SIGKILL after some. */
function killedWriter(policy: StorePolicy, prefix: string, afterLines: number): Promise<readonly string[]> {
  const where = policy.location.kind === 'sqlite' ? `sqlite:${policy.location.path}` : policy.location.url.reveal();
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--conditions=sallyport-source', join(import.meta.dirname, 'store-writer.ts'), where, STORE_KEY, prefix],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').length > afterLines) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () =>
      resolve(
        text
          .slice(0, text.lastIndexOf('\n') + 1)
          .split('\n')
          .filter((line) => line !== ''),
      ),
    );
  });
}
