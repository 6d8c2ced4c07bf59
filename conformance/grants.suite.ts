import { expect, it } from 'vitest';
import fc from 'fast-check';
import { StoreError, type NewGrant, type Store, type StoredGrant } from '@sallyport/gateway';
import { BY } from './store-under-test.ts';

let made = 0;

function newGrant(more: Partial<NewGrant> = {}): NewGrant {
  return {
    issuer: 'https://id.example.com/',
    subject: `anna-${made++}`,
    role: 'editor',
    reason: 'ticket 7',
    expiresAtMs: BY.atMs + 1000,
    ...more,
  };
}

async function find(store: Store, { issuer, subject, role }: NewGrant): Promise<StoredGrant | undefined> {
  const all = await store.listGrants('', 1_000_000);
  return all.find((grant) => grant.issuer === issuer && grant.subject === subject && grant.role === role);
}

/** What every store has to do alike with roles that are granted; part of its contract. */
export function describeGrants(store: () => Store, another: () => Promise<Store>): void {
  it('gives back a grant exactly as it was made, with who made it and when', async () => {
    const grant = newGrant();
    expect(await store().grantRole(grant, BY)).toBe('granted');
    expect(await find(store(), grant)).toMatchObject({
      ...grant,
      grantedBy: 'test',
      grantedAtMs: BY.atMs,
      revokedAtMs: null,
      lastSeenAtMs: null,
    });
  });

  it('a_grant_comes_back_as_it_went_in, whatever text is in it, and none takes the place of another', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((value) => !value.includes('\0') && value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, text, text, fc.option(text), async (issuer, subject, role, reason) => {
        const grant = newGrant({ issuer: `i${made++}${issuer}`, subject, role, reason, expiresAtMs: null });
        expect(await store().grantRole(grant, BY)).toBe('granted');
        expect(await find(store(), grant)).toMatchObject(grant);
      }),
      { numRuns: 20 },
    );
  });

  it('granting again says anew until when and why, and is told as such', async () => {
    const grant = newGrant();
    await store().grantRole(grant, BY);
    const again = { ...grant, reason: 'ticket 8', expiresAtMs: null };
    expect(await store().grantRole(again, { actor: 'somebody else', atMs: BY.atMs + 5 })).toBe('renewed');
    expect(await find(store(), grant)).toMatchObject({
      ...again,
      grantedBy: 'somebody else',
      grantedAtMs: BY.atMs + 5,
    });
  });

  it('a role that was taken back, or has expired, is granted and not renewed', async () => {
    const grant = newGrant();
    await store().grantRole(grant, BY);
    expect(await store().grantRole(grant, { ...BY, atMs: BY.atMs + 1000 })).toBe('granted');
    expect(await store().revokeRole(grant, BY)).toBe(true);
    expect(await store().grantRole(grant, BY)).toBe('granted');
    expect((await find(store(), grant))?.revokedAtMs).toBeNull();
  });

  it('taking back is told once, and what was never granted is unknown', async () => {
    const grant = newGrant();
    await store().grantRole(grant, BY);
    expect(await store().revokeRole(grant, { ...BY, atMs: BY.atMs + 7 })).toBe(true);
    expect(await store().revokeRole(grant, { ...BY, atMs: BY.atMs + 9 })).toBe(false);
    expect((await find(store(), grant))?.revokedAtMs).toBe(BY.atMs + 7);
    for (const other of [{ role: 'viewer' }, { issuer: 'https://other.example/' }, { subject: 'nobody' }])
      await expect(store().revokeRole({ ...grant, ...other }, BY)).rejects.toMatchObject({ kind: 'unknown' });
    await expect(store().revokeRole(newGrant(), BY)).rejects.toBeInstanceOf(StoreError);
  });

  it('changes of grants rise in version, and a grant that changed again is last', async () => {
    const [one, two] = [newGrant(), newGrant()];
    await store().grantRole(one, BY);
    await store().grantRole(two, BY);
    await store().revokeRole(one, BY);
    const all = await store().grantsSince(0, 1_000_000);
    expect(all.slice(-2).map(({ grant }) => [grant.subject, grant.revokedAtMs])).toEqual([
      [two.subject, null],
      [one.subject, BY.atMs],
    ]);
    expect(all.every(({ version }, index) => index === 0 || version > (all[index - 1]?.version ?? 0))).toBe(true);
    expect(await store().grantsSince(all.at(-1)?.version ?? 0, 10)).toEqual([]);
  });

  it('lists grants page by page, each once', async () => {
    const whole = (await store().listGrants('', 1_000_000)).map(({ id }) => id);
    const ids: string[] = [];
    for (let after = ''; ; ) {
      const page = await store().listGrants(after, 7);
      ids.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id ?? '';
      if (page.length < 7) break;
    }
    expect(ids).toEqual(whole);
  });

  it('notes when a grant was last used, never moves the time back, and tells nobody of a change by it', async () => {
    const grant = newGrant();
    await store().grantRole(grant, BY);
    const { id = '' } = (await find(store(), grant)) ?? {};
    const before = (await store().grantsSince(0, 1_000_000)).at(-1)?.version ?? 0;
    await store().recordGrantUses(new Map([[id, 50]]));
    await store().recordGrantUses(
      new Map([
        [id, 40],
        ['nobody', 60],
      ]),
    );
    expect((await find(store(), grant))?.lastSeenAtMs).toBe(50);
    expect(await store().grantsSince(before, 10)).toEqual([]);
  });

  it('several writers of grants at once lose nothing', async () => {
    const others = [store(), await another(), await another()];
    const grants = Array.from({ length: 12 }, () => newGrant());
    await Promise.all(grants.map((grant, index) => (others[index % 3] ?? store()).grantRole(grant, BY)));
    for (const grant of grants) expect(await find(store(), grant)).toBeDefined();
    expect((await store().verifyAuditTrail()).faults).toEqual([]);
  });

  it('the audit trail tells who granted, renewed and took back which role, until when and why', async () => {
    const grant = newGrant();
    await store().grantRole(grant, BY);
    await store().grantRole({ ...grant, expiresAtMs: null, reason: null }, BY);
    await store().revokeRole(grant, { ...BY, actor: 'somebody else' });
    await store().revokeRole(grant, BY);
    const { head } = await store().verifyAuditTrail();
    const rows = await store().auditTrail(head.sequence - 3, 3);
    expect(rows.map(({ act, actor, target }) => [act, actor, target])).toEqual([
      ['role.grant', 'test', grant.subject],
      ['role.renew', 'test', grant.subject],
      ['role.revoke', 'somebody else', grant.subject],
    ]);
    expect(JSON.parse(rows[0]?.details ?? '')).toEqual({
      issuer: grant.issuer,
      role: 'editor',
      expires: new Date(BY.atMs + 1000).toISOString(),
      reason: 'ticket 7',
    });
  });
}
