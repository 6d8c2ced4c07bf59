import { expect, it } from 'vitest';
import { hash } from 'node:crypto';
import type { NewRevocation, Revocation, RevocationChange, Store } from '@sallyport/gateway';
import { BY, newKey, rejection, type StoreUnderTest } from './store-under-test.ts';
import { revocationName } from '../packages/gateway/src/identity/revocations/revocation-name.ts';

let made = 0;
const DAY_MS = 86_400_000;
function newRevocation(more: Partial<NewRevocation> = {}): NewRevocation {
  return {
    id: `rev-${made++}`,
    kind: 'subject',
    name: hash('sha256', `revoked ${made}`, 'hex'),
    issuer: 'https://id.example',
    value: 'Anna Ö',
    reason: null,
    atMs: BY.atMs,
    expiresAtMs: BY.atMs + DAY_MS,
    ...more,
  };
}

/** What every store has to do alike with revocations; part of its contract. */
export function describeRevocations(store: () => Store, under: () => StoreUnderTest): void {
  const listed = async (id: string): Promise<Revocation | undefined> =>
    (await store().listRevocations('', 100_000)).find((one) => one.id === id);
  const newest = async (): Promise<RevocationChange | undefined> => (await store().revocationsSince(0, 100_000)).at(-1);

  it('gives back a revocation exactly as it was made, and tells of it as a change', async () => {
    const revocation = newRevocation({ reason: 'lost' });
    expect(await store().revoke(revocation, BY)).toBe(revocation.id);
    expect(await listed(revocation.id)).toEqual({ ...revocation, liftedAtMs: null });
    const { name, atMs, expiresAtMs } = revocation;
    expect(await newest()).toMatchObject({ name, atMs, expiresAtMs });
  });

  it('what is revoked twice takes the later moment and the later end, under the id that it had', async () => {
    const first = newRevocation();
    await store().revoke(first, BY);
    const again = { ...first, id: 'another', atMs: BY.atMs + 5, expiresAtMs: BY.atMs + 1 };
    expect(await store().revoke(again, BY)).toBe(first.id);
    expect(await newest()).toMatchObject({ atMs: BY.atMs + 5, expiresAtMs: BY.atMs + DAY_MS });
    await store().revoke({ ...again, atMs: BY.atMs - 5, expiresAtMs: null }, BY);
    expect(await newest()).toMatchObject({ atMs: BY.atMs + 5, expiresAtMs: null });
    expect(await listed('another')).toBeUndefined();
  });

  it('one that is lifted has expired for gateways, stays for people, and counts again where it is revoked again', async () => {
    const revocation = newRevocation({ expiresAtMs: null });
    await store().revoke(revocation, BY);
    const { version = 0 } = (await newest()) ?? {};
    expect(await store().liftRevocation(revocation.id, BY)).toBe(true);
    expect(await store().liftRevocation(revocation.id, BY)).toBe(false);
    expect(await newest()).toMatchObject({ version: version + 1, name: revocation.name, expiresAtMs: 0 });
    expect(await listed(revocation.id)).toMatchObject({ liftedAtMs: BY.atMs });
    await store().revoke({ ...revocation, atMs: BY.atMs - 9 }, BY);
    expect(await newest()).toMatchObject({ version: version + 2, atMs: BY.atMs - 9, expiresAtMs: null });
    expect((await rejection(store().liftRevocation('nobody', BY))).kind).toBe('unknown');
  });

  it('what has expired is removed a day later, and its version comes to nobody else', async () => {
    const old = newRevocation({ expiresAtMs: BY.atMs - 2 * DAY_MS });
    const recent = newRevocation({ expiresAtMs: BY.atMs - 1000 });
    await store().revoke(recent, BY);
    await store().revoke(old, BY);
    const { version = 0 } = (await newest()) ?? {};
    await store().revoke(newRevocation(), BY);
    expect(await listed(old.id)).toBeUndefined();
    expect(await listed(recent.id)).toBeDefined();
    expect((await newest())?.version).toBe(version + 1);
  });

  it('refuses more revocations than gateways keep, and still moves those that are there', async () => {
    const known = newRevocation();
    await store().revoke(known, BY);
    await under().tamper(
      "CREATE TABLE kept_meta AS SELECT value FROM sallyport_meta WHERE name = 'revocation version'",
      `UPDATE sallyport_meta SET value = '{"version":1000000,"rows":2000000}' WHERE name = 'revocation version'`,
    );
    const before = await store().verifyAuditTrail();
    expect((await rejection(store().revoke(newRevocation(), BY))).kind).toBe('full');
    expect((await store().verifyAuditTrail()).head).toEqual(before.head);
    expect(await store().revoke(known, BY)).toBe(known.id);
    // A key that leaked is revoked all the same, and tokens that it obtained with it.
    const key = newKey();
    await store().createKey(key, BY);
    expect(await store().revokeKey(key.id, BY)).toBe(true);
    expect(await newest()).toMatchObject({ name: revocationName('key', '', key.id), atMs: BY.atMs });
    await under().tamper(
      "UPDATE sallyport_meta SET value = (SELECT value FROM kept_meta) WHERE name = 'revocation version'",
      'DROP TABLE kept_meta',
      `DELETE FROM sallyport_revocations WHERE id IN ('${known.id}', 'rev_key_${key.id}')`,
    );
  });

  it('the audit trail tells of a revocation and of its end, and never a hash', async () => {
    const revocation = newRevocation({ kind: 'token', value: null, issuer: null, reason: 'stolen' });
    await store().revoke(revocation, BY);
    await store().liftRevocation(revocation.id, { ...BY, actor: 'somebody else' });
    const { head } = await store().verifyAuditTrail();
    const [revoked, lifted] = await store().auditTrail(head.sequence - 2, 2);
    expect(revoked).toMatchObject({ actor: 'test', act: 'revocation.create', target: revocation.id });
    expect(JSON.parse(revoked?.details ?? '')).toEqual({
      kind: 'token',
      issuer: null,
      value: null,
      reason: 'stolen',
      expires: new Date(BY.atMs + DAY_MS).toISOString(),
    });
    expect(lifted).toMatchObject({ actor: 'somebody else', act: 'revocation.lift', target: revocation.id });
    expect(JSON.stringify([revoked, lifted])).not.toContain(revocation.name);
  });
}
