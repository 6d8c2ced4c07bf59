import { expect, it } from 'vitest';
import type { SigningKey, Store } from '@sallyport/gateway';
import { BY, type StoreUnderTest } from './store-under-test.ts';

let made = 0;

/** What every store has to do alike with the keys that tokens are signed with; part of its contract. */
export function describeSigningKeys(store: () => Store, under: () => StoreUnderTest): void {
  const signingKey = (more: Partial<SigningKey> = {}): SigningKey => ({
    id: `sign-${made++}`,
    algorithm: 'ES256',
    publicJwk: '{"kty":"EC"}',
    privateJwk: '{"d":"canary-private-key"}',
    signsFromMs: BY.atMs,
    signsUntilMs: BY.atMs + 10,
    verifiedUntilMs: BY.atMs + 20,
    ...more,
  });

  it('adds a signing key behind the one that is known, so that of two nodes one makes the next', async () => {
    const [one, two, other] = [signingKey(), signingKey(), signingKey({ algorithm: 'EdDSA' })];
    expect(await store().addSigningKey(one, null, BY)).toBe(true);
    expect(await store().addSigningKey(two, null, BY)).toBe(false);
    expect(await store().addSigningKey(other, null, BY)).toBe(true);
    expect(await store().signingKeys(BY.atMs)).toEqual([one, other].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(await store().signingKeys(BY.atMs + 20)).toEqual([]);
    expect(await store().addSigningKey(two, one.id, { ...BY, atMs: BY.atMs + 30 })).toBe(false);
    expect(await store().addSigningKey(two, null, { ...BY, atMs: BY.atMs + 30 })).toBe(true);
    expect(await store().signingKeys(BY.atMs)).toEqual([two]);
    const { head } = await store().verifyAuditTrail();
    const [made] = await store().auditTrail(head.sequence - 1, 1);
    expect(made).toMatchObject({ act: 'signing-key.create', target: two.id, actor: BY.actor });
    expect(JSON.parse(made?.details ?? '')).toEqual({ algorithm: 'ES256', signsFrom: new Date(BY.atMs).toISOString() });
    expect(await under().dump()).not.toContain('canary-private-key');
  });

  it('tells the keys of an algorithm in the order in which they sign, and takes the last of them for the newest', async () => {
    const rsa = { algorithm: 'RS256', verifiedUntilMs: BY.atMs + 50 };
    const first = signingKey({ ...rsa, id: 'order-b' });
    const last = signingKey({ ...rsa, id: 'order-a', signsFromMs: BY.atMs + 5 });
    expect(await store().addSigningKey(first, null, BY)).toBe(true);
    expect(await store().addSigningKey(last, first.id, BY)).toBe(true);
    const told = (await store().signingKeys(BY.atMs)).filter(({ algorithm }) => algorithm === 'RS256');
    expect(told).toEqual([first, last]);
    const next = { ...last, id: 'order-c' };
    expect(await store().addSigningKey(next, first.id, BY)).toBe(false);
    // Until the moment of its end a key counts, and from then on no more.
    expect(await store().addSigningKey(next, null, { ...BY, atMs: BY.atMs + 49 })).toBe(false);
    expect(await store().addSigningKey(next, last.id, { ...BY, atMs: BY.atMs + 50 })).toBe(false);
    expect(
      await store().addSigningKey({ ...next, verifiedUntilMs: BY.atMs + 60 }, null, { ...BY, atMs: BY.atMs + 50 }),
    ).toBe(true);
    expect((await store().signingKeys(0)).filter(({ algorithm }) => algorithm === 'RS256')).toEqual([
      { ...next, verifiedUntilMs: BY.atMs + 60 },
    ]);
  });

  it('ends all signing keys at once, each in the audit trail', async () => {
    const ids = (await store().signingKeys(0)).map(({ id }) => id);
    const before = ids.length;
    expect(before).toBeGreaterThan(0);
    expect(await store().endSigningKeys(BY)).toBe(before);
    expect(await store().endSigningKeys(BY)).toBe(0);
    expect(await store().signingKeys(0)).toEqual([]);
    const { head } = await store().verifyAuditTrail();
    const rows = await store().auditTrail(head.sequence - before, before);
    expect(rows.map(({ act }) => act)).toEqual(Array.from({ length: before }, () => 'signing-key.end'));
    expect(rows.map(({ target }) => target).toSorted()).toEqual(ids.toSorted());
  });
}
