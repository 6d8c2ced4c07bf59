import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyRing, prefixOf } from './key-ring.ts';
import { reseal, type ResealReport } from './reseal.ts';
import { createSealing, readSealing } from './sealing.ts';
import { StoreError } from './store-error.ts';
import type { SqlDriver } from './sql-driver.ts';
import { KEY, openInMemory, ring as first } from './testing/open-in-memory.ts';

const NEXT = 'the next key for tests, long enough';
const THIRD = 'a third key for tests, long enough too';
const BY = { actor: 'test', atMs: 1 };
let driver: SqlDriver;

beforeEach(async () => {
  driver = await openInMemory();
});
afterEach(() => driver.close());

/** Adds a row that is sealed under the key that a ring names first. */
async function add(id: string, ring = first): Promise<void> {
  const sealed = ring
    .under(ring.ids[0])
    .seal(`secret of ${id}`, { table: 'sallyport_keys', row: id, column: 'sealed' });
  await driver.query(
    `INSERT INTO sallyport_keys (id, sha256, scheme, owner, subject, scopes, roles, addresses, sealed, created_at, version)
     SELECT $1, $1, '', '', '', '[]', '[]', '[]', $2, 0, COUNT(*) FROM sallyport_keys`,
    [id, sealed],
  );
}

/** Has something happen before a transaction: the first turns to the new key, the last ends. */
function run(
  keys: readonly [string, ...string[]],
  before: (transaction: number) => void = () => undefined,
  progress: number[] = [],
) {
  let transactions = 0;
  const watched: SqlDriver = {
    ...driver,
    transaction(inside) {
      return driver.transaction(async (session) => {
        before(++transactions);
        return inside(session);
      });
    },
  };
  return reseal(watched, createKeyRing(keys), BY, (rows) => progress.push(rows));
}

const acts = async (): Promise<readonly string[]> =>
  (await driver.query('SELECT act FROM sallyport_audit ORDER BY sequence')).map((row) => String(row['act']));
const opens = (...keys: readonly string[]): Promise<void> => createSealing(driver).open(keys);
const unavailable = new StoreError('unavailable', 'called off');

describe('sealing a store anew', () => {
  it('takes all rows, a hundred at a time, and tells how far it is', async () => {
    for (let index = 0; index < 250; index++) await add(`key-${index}`);
    const progress: number[] = [];
    const report = await run([NEXT, KEY], undefined, progress);
    expect(report).toMatchObject({
      keys: 250,
      sessions: 0,
      signingKeys: 0,
      unreadable: 0,
    } satisfies Partial<ResealReport>);
    expect(progress).toEqual([100, 200, 250]);
    const left = await driver.query('SELECT id FROM sallyport_keys WHERE substr(sealed, 1, 16) <> $1', [
      prefixOf(report.key),
    ]);
    expect(left).toEqual([]);
  });

  it('goes past a row that does not open, wherever it stands, and does it no harm', async () => {
    for (const id of ['a', 'b', 'c']) await add(id);
    await driver.query(
      "UPDATE sallyport_keys SET sealed = (SELECT sealed FROM sallyport_keys WHERE id = 'a') WHERE id <> 'b'",
    );
    const before = await driver.query("SELECT sealed FROM sallyport_keys WHERE id = 'c'");
    expect(await run([NEXT, KEY])).toMatchObject({ keys: 2, unreadable: 1 });
    expect(await driver.query("SELECT sealed FROM sallyport_keys WHERE id = 'c'")).toEqual(before);
  });

  it('stops at a row under a key that is not named, and can be called again with it', async () => {
    await add('a');
    await add('b', createKeyRing([THIRD]));
    await expect(run([NEXT, KEY])).rejects.toMatchObject({
      kind: 'key',
      message: expect.stringContaining(createKeyRing([THIRD]).ids[0]) as string,
    });
    // Nothing of the batch was done, and the old key is still asked for.
    await expect(opens(NEXT)).rejects.toMatchObject({ kind: 'key' });
    expect(await run([NEXT, KEY, THIRD])).toMatchObject({ keys: 2 });
    await opens(NEXT);
  });

  it('tries a batch that was called off again, five times in all', async () => {
    await add('a');
    const calledOff = (times: number) => (transaction: number) => {
      if (transaction > 1 && transaction <= 1 + times) throw unavailable;
    };
    await expect(run([NEXT, KEY], calledOff(5))).rejects.toBe(unavailable);
    expect(await run([NEXT, KEY], calledOff(4))).toMatchObject({ keys: 1 });
    expect(await acts()).toEqual(['store.reseal', 'store.resealed']);
  });

  it('tries nothing again that failed for another reason', async () => {
    await add('a');
    for (const failure of [new StoreError('key', 'changed'), new TypeError('broken')]) {
      const tried: number[] = [];
      await expect(
        run([NEXT, KEY], (transaction) => {
          tried.push(transaction);
          if (transaction > 1) throw failure;
        }),
      ).rejects.toBe(failure);
      expect(tried).toEqual([1, 2]);
    }
  });

  it('asks for the older keys until its end is written', async () => {
    await add('a');
    const ended = run([NEXT, KEY], (transaction) => {
      // Behind the first come one batch of a row, and one of each table that has none left.
      if (transaction === 6) throw unavailable;
    });
    await expect(ended).rejects.toBe(unavailable);
    await expect(opens(NEXT)).rejects.toMatchObject({ kind: 'key' });
    expect(await run([NEXT, KEY])).toMatchObject({ keys: 0 });
    await opens(NEXT);
  });

  it('says so where somebody turned to another key meanwhile, and takes no key away', async () => {
    await add('a');
    const both = createKeyRing([THIRD, NEXT, KEY]);
    let turned = false;
    const late = reseal(
      {
        ...driver,
        async transaction(inside) {
          const result = await driver.transaction(inside);
          // Once the first has begun, another one goes all the way.
          if (!turned) {
            turned = true;
            await reseal(driver, both, BY, () => undefined);
            await add('b', createKeyRing([KEY]));
          }
          return result;
        },
      },
      createKeyRing([NEXT, KEY, THIRD]),
      BY,
      () => undefined,
    );
    await expect(late).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('run it again') as string,
    });
    await opens(THIRD, NEXT, KEY);
  });

  it('asks for every key that rows may still need where a third takes over before the second has done', async () => {
    await add('a');
    const brokenOff = (transaction: number): void => {
      if (transaction === 2) throw new TypeError('killed');
    };
    for (const keys of [[NEXT, KEY] as const, [THIRD, NEXT, KEY] as const])
      await expect(run([...keys], brokenOff)).rejects.toThrow('killed');
    for (const missing of [KEY, NEXT])
      await expect(opens(...[THIRD, NEXT, KEY].filter((key) => key !== missing))).rejects.toMatchObject({
        kind: 'key',
      });
    await opens(THIRD, NEXT, KEY);
  });

  it('has the audit trail vouched for by the new key from then on', async () => {
    await run([NEXT, KEY]);
    const next = createKeyRing([NEXT]);
    expect((await readSealing(driver, next)).vouchers).toEqual([
      { from: 1, key: first.authenticating(first.ids[0]).toString('hex') },
      { from: 2, key: next.authenticating(next.ids[0]).toString('hex') },
    ]);
  });

  it('asks for no key any more that was taken back, and for none twice', async () => {
    await run([NEXT, KEY]);
    await run([KEY, NEXT]);
    await run([NEXT, KEY]);
    await opens(NEXT);
    expect(await acts()).toEqual([
      'store.reseal',
      'store.resealed',
      'store.reseal',
      'store.resealed',
      'store.reseal',
      'store.resealed',
    ]);
  });

  it('writes nothing where everything is sealed under the key already', async () => {
    await add('a');
    expect(await run([KEY])).toMatchObject({ keys: 0 });
    expect(await acts()).toEqual([]);
  });

  it('does nothing under a ring without a key that is still asked for', async () => {
    await add('a');
    await expect(
      run([NEXT, KEY], (transaction) => {
        if (transaction === 2) throw new TypeError('killed');
      }),
    ).rejects.toThrow('killed');
    await expect(run([THIRD, NEXT])).rejects.toMatchObject({ kind: 'key' });
    expect(await acts()).toEqual(['store.reseal']);
    await opens(NEXT, KEY);
  });
});
