import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendAudit, NOTHING, verifyAudit } from './audit-chain.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';
import { openInMemory, ring } from './testing/open-in-memory.ts';

let driver: SqlDriver;

beforeEach(async () => {
  driver = await openInMemory();
  await tamper('DROP TRIGGER sallyport_audit_update', 'DROP TRIGGER sallyport_audit_delete');
});
afterEach(() => driver.close());

async function tamper(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await driver.query(statement);
}

async function append(...targets: readonly string[]): Promise<void> {
  for (const target of targets)
    await driver.transaction((session) =>
      appendAudit(session, ring, { actor: 'test', atMs: 1, act: 'test', target, details: {} }),
    );
}

describe('appendAudit', () => {
  it.each([
    ['another end', 'UPDATE sallyport_meta SET value = replace(value, \'"sequence":2\', \'"sequence":1\')'],
    ['none, where there are rows', "DELETE FROM sallyport_meta WHERE name = 'audit head'"],
    ['no JSON', "UPDATE sallyport_meta SET value = '{' WHERE name = 'audit head'"],
  ])('adds nothing behind a head that tells of %s', async (_, statement) => {
    await append('a', 'b');
    await tamper(statement);
    await expect(append('c')).rejects.toMatchObject({ kind: 'key' });
    const { entries, faults } = await verifyAudit(driver, ring, null);
    expect([entries, faults]).toEqual([2, [{ sequence: 2, fault: 'the head of the trail was changed' }]]);
  });
});

describe('verifyAudit', () => {
  it('knows a row and a head that an earlier version wrote', async () => {
    const hash = '8c934ae39cfd7e13dc0ab88f1c7c1b07fee3be1c2f797a0376d59bc8c28361c0';
    const proof = 'c8fc36c7611c2541e82b5f11c342476d613e4f588a4c275e662f1068e3daef91';
    await driver.query(
      "INSERT INTO sallyport_audit (sequence, at, actor, act, target, details, previous, hash) VALUES (1, 2, 'somebody', 'key.create', 'a', '{}', '', $1)",
      [hash],
    );
    await driver.query("INSERT INTO sallyport_meta (name, value) VALUES ('audit head', $1)", [
      JSON.stringify({ sequence: 1, hash, proof }),
    ]);
    expect(await verifyAudit(driver, ring, null)).toEqual({ entries: 1, head: { sequence: 1, hash }, faults: [] });
    await append('b');
    expect(await verifyAudit(driver, ring, { sequence: 1, hash })).toMatchObject({ entries: 2, faults: [] });
  });

  it('finds nothing wrong with a trail that is empty', async () => {
    for (const noted of [null, NOTHING])
      expect(await verifyAudit(driver, ring, noted)).toEqual({ entries: 0, head: NOTHING, faults: [] });
  });

  it('tells that the last row is another one that was written there too, in a state that was put back', async () => {
    await append('a');
    await tamper("CREATE TABLE kept AS SELECT value FROM sallyport_meta WHERE name = 'audit head'");
    await append('what happened');
    await tamper(
      'CREATE TABLE other AS SELECT * FROM sallyport_audit WHERE sequence = 2',
      'DELETE FROM sallyport_audit WHERE sequence = 2',
      "UPDATE sallyport_meta SET value = (SELECT value FROM kept) WHERE name = 'audit head'",
    );
    await append('what is to be hidden');
    expect((await verifyAudit(driver, ring, null)).faults).toEqual([]);
    await tamper('DELETE FROM sallyport_audit WHERE sequence = 2', 'INSERT INTO sallyport_audit SELECT * FROM other');
    expect((await verifyAudit(driver, ring, null)).faults).toEqual([
      { sequence: 2, fault: 'the last row is not the one that was written' },
    ]);
    await append('later');
    expect((await verifyAudit(driver, ring, null)).faults).toEqual([
      { sequence: 3, fault: 'the row before it is another one than when it was written' },
    ]);
  });

  it('tells of missing rows which they are, once', async () => {
    await append('a', 'b', 'c', 'd', 'e', 'f');
    await tamper('DELETE FROM sallyport_audit WHERE sequence IN (2, 4, 5)');
    expect((await verifyAudit(driver, ring, null)).faults).toEqual([
      { sequence: 2, fault: 'the row is missing' },
      { sequence: 4, fault: 'the rows up to 5 are missing' },
    ]);
  });

  it('reads a trail of any length, row by row, and tells of 100 faults at most', async () => {
    await driver.transaction(async (session) => {
      for (let row = 1; row <= 1001; row++)
        await appendAudit(session, ring, { actor: 'test', atMs: row, act: 'test', target: 'a', details: {} });
    });
    const whole = await verifyAudit(driver, ring, null);
    expect(whole).toMatchObject({ entries: 1001, head: { sequence: 1001 }, faults: [] });
    await tamper("UPDATE sallyport_audit SET actor = 'nobody' WHERE sequence > 900");
    const { faults } = await verifyAudit(driver, ring, null);
    expect(faults.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, index) => 901 + index));
  });

  it('takes rows that are added meanwhile for what they are, and sees one of them that was changed', async () => {
    await append('a', 'b');
    /** Does something before the head is read for the first time. */
    const meanwhile = (run: () => Promise<void>): SqlSession => {
      let done = false;
      return {
        async query(sql, values) {
          if (!done && values?.[0] === 'audit head') {
            done = true;
            await run();
          }
          return driver.query(sql, values);
        },
      };
    };
    const report = await verifyAudit(
      meanwhile(() => append('c', 'd')),
      ring,
      null,
    );
    expect(report).toMatchObject({ entries: 4, head: { sequence: 4 }, faults: [] });
    const changed = meanwhile(async () => {
      await append('e', 'f');
      await tamper("UPDATE sallyport_audit SET target = 'x' WHERE sequence = 5");
    });
    expect((await verifyAudit(changed, ring, null)).faults).toEqual([{ sequence: 5, fault: 'the row was changed' }]);
  });
});
