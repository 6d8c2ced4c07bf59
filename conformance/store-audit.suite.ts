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
    expect(JSON.parse(created?.details ?? '')).toEqual({
      scheme: 'key',
      owner: key.owner,
      subject: 'billing',
      scopes: ['a:read'],
      roles: ['reader'],
      addresses: ['10.0.0.0/8'],
      expires: new Date(BY.atMs + 1000).toISOString(),
    });
    expect(JSON.stringify(created)).not.toMatch(new RegExp(`canary|${key.sha256}`));
  });

  it('the audit trail tells which limits a key was made with, which keys came with an import, and what took the place of which', async () => {
    const key = newKey({ limits: ['5/s'], expiresAtMs: null });
    const [one, two, next] = [newKey(), newKey(), newKey()];
    await store().createKey(key, BY);
    await store().importKeys([one, two], BY);
    await store().rotateKey(one.id, next, BY.atMs + 500, BY);
    const { head } = await store().verifyAuditTrail();
    const rows = await store().auditTrail(head.sequence - 3, 3);
    expect(rows.map(({ act, target }) => [act, target])).toEqual([
      ['key.create', key.id],
      ['key.import', 'key'],
      ['key.rotate', one.id],
    ]);
    const [created, imported, rotated] = rows.map(({ details }) => JSON.parse(details) as unknown);
    expect(created).toMatchObject({ limits: ['5/s'], expires: null });
    expect(imported).toEqual({ keys: 2, ids: [one.id, two.id] });
    expect(rotated).toEqual({ by: next.id, ends: new Date(BY.atMs + 500).toISOString() });
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
