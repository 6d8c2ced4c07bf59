import { expect, it } from 'vitest';
import fc from 'fast-check';
import type { Store } from '@sallyport/gateway';
import { BY, newKey, rejection } from './store-under-test.ts';

/** What every store has to do alike with keys; part of its contract. */
export function describeKeys(store: () => Store): void {
  it('gives back a key exactly as it was created, by its hash and by its id', async () => {
    const key = newKey();
    await store().createKey(key, BY);
    const expected = { ...key, revokedAtMs: null, lastUsedAtMs: null, limits: [], family: key.id };
    expect(await store().findKey(key.sha256)).toEqual(expected);
    expect(await store().getKey(key.id)).toEqual(expected);
    expect(await store().findKey('0'.repeat(64))).toBeNull();
    expect(await store().getKey('nobody')).toBeNull();
  });

  it('a_key_comes_back_as_it_went_in, whatever text is in it', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((value) => !value.includes('\0') && value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.option(text),
        fc.array(text),
        fc.dictionary(text, text),
        fc.option(fc.integer({ min: 0, max: 2 ** 47 })),
        async (owner, contact, scopes, attributes, expiresAtMs) => {
          const key = newKey({ owner, subject: owner, contact, scopes, attributes, expiresAtMs });
          await store().createKey(key, BY);
          expect(await store().getKey(key.id)).toEqual({
            ...key,
            attributes: { ...attributes },
            revokedAtMs: null,
            lastUsedAtMs: null,
            limits: [],
            family: key.id,
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses a second key with the same id or hash as a conflict, and adds nothing to the audit trail', async () => {
    const key = newKey();
    await store().createKey(key, BY);
    const before = await store().verifyAuditTrail();
    expect((await rejection(store().createKey({ ...newKey(), id: key.id }, BY))).kind).toBe('conflict');
    expect((await rejection(store().createKey({ ...newKey(), sha256: key.sha256 }, BY))).kind).toBe('conflict');
    expect((await store().verifyAuditTrail()).head).toEqual(before.head);
  });

  it('imports all keys or none', async () => {
    const keys = Array.from({ length: 250 }, () => newKey({ hint: null }));
    await store().importKeys(keys, BY);
    expect((await store().getKey(keys[249]?.id ?? ''))?.sha256).toBe(keys[249]?.sha256);
    const more = Array.from({ length: 250 }, () => newKey());
    expect((await rejection(store().importKeys([...more, newKey({ sha256: keys[0]?.sha256 ?? '' })], BY))).kind).toBe(
      'conflict',
    );
    expect(await store().getKey(more[0]?.id ?? '')).toBeNull();
  });

  it('rotation adds the new key and ends the old one at the end of the overlap, or earlier where it was to', async () => {
    const old = newKey({ expiresAtMs: null });
    await store().createKey(old, BY);
    const next = newKey({ replaces: old.id });
    await store().rotateKey(old.id, next, BY.atMs + 500, BY);
    expect((await store().getKey(old.id))?.expiresAtMs).toBe(BY.atMs + 500);
    expect((await store().getKey(next.id))?.replaces).toBe(old.id);
    await store().rotateKey(old.id, newKey(), BY.atMs + 900, BY);
    expect((await store().getKey(old.id))?.expiresAtMs).toBe(BY.atMs + 500);
  });

  it('refuses to rotate or revoke what is not there, and does nothing', async () => {
    const next = newKey();
    expect((await rejection(store().rotateKey('nobody', next, 0, BY))).kind).toBe('unknown');
    expect(await store().getKey(next.id)).toBeNull();
    expect((await rejection(store().revokeKey('nobody', BY))).kind).toBe('unknown');
  });

  it('a key that is revoked stays so, and cannot be rotated', async () => {
    const key = newKey();
    await store().createKey(key, BY);
    expect(await store().revokeKey(key.id, BY)).toBe(true);
    expect(await store().revokeKey(key.id, { ...BY, atMs: BY.atMs + 5 })).toBe(false);
    expect((await store().getKey(key.id))?.revokedAtMs).toBe(BY.atMs);
    expect((await rejection(store().rotateKey(key.id, newKey(), 0, BY))).kind).toBe('unknown');
  });

  it('revocations of keys whose long ids begin alike are two', async () => {
    const ids = ['a', 'b'].map((end) => `${'k'.repeat(254)}${end}`);
    for (const id of ids) {
      await store().createKey(newKey({ id }), BY);
      expect(await store().revokeKey(id, BY)).toBe(true);
    }
    const revoked = (await store().listRevocations('', 10_000)).map(({ value }) => value);
    expect(ids.filter((id) => revoked.includes(id))).toEqual(ids);
  });

  it('notes uses of many keys at once, and never moves a time back', async () => {
    const keys = Array.from({ length: 230 }, () => newKey());
    await store().importKeys(keys, BY);
    const ids = keys.map(({ id }) => id);
    await store().recordUses(new Map(ids.map((id, index) => [id, 5_000_000_000_000 + index])));
    await store().recordUses(
      new Map([
        [ids[7] ?? '', 1],
        ['nobody', 9],
      ]),
    );
    expect((await store().getKey(ids[7] ?? ''))?.lastUsedAtMs).toBe(5_000_000_000_007);
    expect((await store().getKey(ids[229] ?? ''))?.lastUsedAtMs).toBe(5_000_000_000_229);
  });

  it('counts active keys, those that end soon, and those that were not used for long', async () => {
    const atMs = BY.atMs + 10 ** 12;
    const day = 86_400_000;
    const before = await store().keysToLookAfter(atMs, 30 * day, 90 * day);
    const alive = { createdAtMs: atMs - 100 * day, expiresAtMs: null };
    const keys = [
      newKey({ ...alive, expiresAtMs: atMs + 5 * day, createdAtMs: atMs }),
      newKey(alive),
      newKey({ ...alive, createdAtMs: atMs }),
      newKey({ ...alive, expiresAtMs: atMs - 1 }),
    ];
    await store().importKeys(keys, BY);
    const used = newKey(alive);
    await store().importKeys([used], BY);
    await store().recordUses(new Map([[used.id, atMs - day]]));
    const after = await store().keysToLookAfter(atMs, 30 * day, 90 * day);
    expect([after.active - before.active, after.expiring - before.expiring, after.unused - before.unused]).toEqual([
      4, 1, 1,
    ]);
    await store().revokeKey(keys[0]?.id ?? '', BY);
    expect((await store().keysToLookAfter(atMs, 30 * day, 90 * day)).expiring).toBe(before.expiring);
  });

  it('what is acknowledged beside a transaction is not undone with it', async () => {
    const used = Array.from({ length: 20 }, () => newKey());
    await store().importKeys(used, BY);
    const failing = rejection(
      store().importKeys([...Array.from({ length: 500 }, () => newKey()), newKey({ id: used[0]?.id ?? '' })], BY),
    );
    for (const { id } of used) await store().recordUses(new Map([[id, 42]]));
    expect((await failing).kind).toBe('conflict');
    for (const { id } of used) expect((await store().getKey(id))?.lastUsedAtMs).toBe(42);
  });

  it('lists keys page by page, each once', async () => {
    const ids: string[] = [];
    for (let after = ''; ; ) {
      const page = await store().listKeys(after, 37);
      ids.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id ?? '';
      if (page.length < 37) break;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(480);
  });

  it('changes rise in version, and a key that changed again is last', async () => {
    const one = newKey();
    const two = newKey();
    await store().createKey(one, BY);
    await store().createKey(two, BY);
    await store().revokeKey(one.id, BY);
    const all = await store().changesSince(0, 1_000_000);
    expect(all.slice(-2).map(({ sha256 }) => sha256)).toEqual([two.sha256, one.sha256]);
    expect(all.every(({ version }, index) => index === 0 || version > (all[index - 1]?.version ?? 0))).toBe(true);
    expect(await store().changesSince(all.at(-1)?.version ?? 0, 10)).toEqual([]);
  });
}
