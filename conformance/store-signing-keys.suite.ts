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
    expect(await under().dump()).not.toContain('canary-private-key');
  });

  it('ends all signing keys at once, each in the audit trail', async () => {
    const before = (await store().signingKeys(BY.atMs)).length;
    expect(before).toBeGreaterThan(0);
    expect(await store().endSigningKeys(BY)).toBe(before);
    expect(await store().endSigningKeys(BY)).toBe(0);
    expect(await store().signingKeys(0)).toEqual([]);
    const { head } = await store().verifyAuditTrail();
    expect((await store().auditTrail(head.sequence - 1, 1))[0]).toMatchObject({ act: 'signing-key.end' });
  });
}
