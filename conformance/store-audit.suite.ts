import { expect, it } from 'vitest';
import type { Store } from '@sallyport/gateway';
import { BY, newKey, type StoreUnderTest } from './store-under-test.ts';

/** What every store has to do alike with its audit trail. `appendOnlyOff` are the statements that let a test change its rows. */
export function describeAuditTrail(
  store: () => Store,
  under: () => StoreUnderTest,
  appendOnlyOff: readonly string[],
): void {
  it('the audit trail tells each act with actor, target and details, and never a hash or a sealed text', async () => {
    const key = newKey();
    await store().createKey(key, BY);
    await store().revokeKey(key.id, { actor: 'somebody else', atMs: BY.atMs + 1 });
    const { head } = await store().verifyAuditTrail();
    const [created, revoked] = await store().auditTrail(head.sequence - 2, 2);
    expect(created).toMatchObject({ actor: 'test', act: 'key.create', target: key.id, atMs: BY.atMs });
    expect(revoked).toMatchObject({
      actor: 'somebody else',
      act: 'key.revoke',
      target: key.id,
      previous: created?.hash,
    });
    expect(JSON.parse(created?.details ?? '')).toMatchObject({ owner: key.owner, scopes: key.scopes });
    expect(JSON.stringify(created)).not.toMatch(new RegExp(`canary|${key.sha256}`));
  });

  it('the database itself refuses to change or remove a row of the audit trail', async () => {
    await expect(under().tamper("UPDATE sallyport_audit SET actor = 'x' WHERE sequence = 1")).rejects.toThrow(
      /only grows/,
    );
    await expect(under().tamper('DELETE FROM sallyport_audit WHERE sequence = 1')).rejects.toThrow(/only grows/);
  });

  it('verification finds a row that was changed, removed, put elsewhere or added, and a removed end', async () => {
    const whole = await store().verifyAuditTrail();
    const { sequence: last } = whole.head;
    const noted = whole.head;
    expect(whole.faults).toEqual([]);
    await under().tamper(...appendOnlyOff);
    const faultsAfter = async (...statements: string[]): Promise<readonly number[]> => {
      await under().tamper('CREATE TABLE kept AS SELECT * FROM sallyport_audit', ...statements);
      const { faults } = await store().verifyAuditTrail();
      await under().tamper(
        'DELETE FROM sallyport_audit',
        'INSERT INTO sallyport_audit SELECT * FROM kept',
        'DROP TABLE kept',
      );
      expect((await store().verifyAuditTrail()).faults).toEqual([]);
      return faults.map(({ sequence }) => sequence);
    };
    for (const column of ['actor', 'act', 'target', 'details', 'previous', 'hash'])
      expect(await faultsAfter(`UPDATE sallyport_audit SET ${column} = 'x' WHERE sequence = 5`), column).toContain(5);
    expect(await faultsAfter('UPDATE sallyport_audit SET at = at + 1 WHERE sequence = 5')).toEqual([5]);
    expect(await faultsAfter('DELETE FROM sallyport_audit WHERE sequence = 5')).toEqual([5]);
    expect(await faultsAfter(`DELETE FROM sallyport_audit WHERE sequence > ${last - 2}`)).toEqual([last - 1]);
    expect(await faultsAfter('DELETE FROM sallyport_audit')).not.toEqual([]);
    expect(
      await faultsAfter(
        'UPDATE sallyport_audit SET sequence = -1 WHERE sequence = 4',
        'UPDATE sallyport_audit SET sequence = 4 WHERE sequence = 5',
        'UPDATE sallyport_audit SET sequence = 5 WHERE sequence = -1',
      ),
    ).toEqual(expect.arrayContaining([4, 5]));
    expect(
      await faultsAfter(
        `INSERT INTO sallyport_audit SELECT ${last + 1}, at, actor, act, target, details, hash, hash FROM kept WHERE sequence = ${last}`,
      ),
    ).toContain(last + 1);
    expect((await store().verifyAuditTrail({ sequence: last + 3, hash: 'f'.repeat(64) })).faults).toHaveLength(1);
    expect((await store().verifyAuditTrail({ ...noted, hash: 'f'.repeat(64) })).faults).toHaveLength(1);
    expect((await store().verifyAuditTrail(noted)).faults).toEqual([]);
  });
}
