import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  makeKey,
  StoreError,
  type NewKey,
  type NewRevocation,
  type Revocation,
  type RevocationChange,
  type SigningKey,
  type Store,
} from '@sallyport/gateway';
import type { StorePolicy } from '@sallyport/core';
import { describeGrants } from './grants.suite.ts';

export const STORE_KEY = 'a key for tests that is long enough';
const BY = { actor: 'test', atMs: 1_800_000_000_000 };
let made = 0;

export function newKey(more: Partial<NewKey> = {}): NewKey {
  const { sha256, hint } = makeKey('test');
  return {
    id: `key-${made++}`,
    sha256,
    scheme: 'key',
    hint,
    owner: 'Anna Ö',
    contact: 'canary-contact@example.com',
    subject: 'billing',
    scopes: ['a:read'],
    roles: ['reader'],
    addresses: ['10.0.0.0/8'],
    attributes: { team: 'canary-team', level: 3 },
    createdAtMs: BY.atMs,
    expiresAtMs: BY.atMs + 1000,
    replaces: null,
    ...more,
  };
}

/** What a store of a test is made of: a new one, and ways around the store to its database. */
export interface StoreUnderTest {
  readonly policy: StorePolicy;
  open(key?: string): Store;
  /** Runs statements on the database itself, as somebody would who got at it. */
  tamper(...statements: readonly string[]): Promise<void>;
  /** Everything the database holds, as text. */
  dump(): Promise<string>;
}

const rejection = async (run: Promise<unknown>): Promise<StoreError> => {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected a StoreError, got ${String(error)}`);
  return error;
};

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

    it('gives back a key exactly as it was created, by its hash and by its id', async () => {
      const key = newKey();
      await store.createKey(key, BY);
      const expected = { ...key, revokedAtMs: null, lastUsedAtMs: null };
      expect(await store.findKey(key.sha256)).toEqual(expected);
      expect(await store.getKey(key.id)).toEqual(expected);
      expect(await store.findKey('0'.repeat(64))).toBeNull();
      expect(await store.getKey('nobody')).toBeNull();
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
            await store.createKey(key, BY);
            expect(await store.getKey(key.id)).toEqual({
              ...key,
              attributes: { ...attributes },
              revokedAtMs: null,
              lastUsedAtMs: null,
            });
          },
        ),
        { numRuns: 30 },
      );
    });

    it('refuses a second key with the same id or hash as a conflict, and adds nothing to the audit trail', async () => {
      const key = newKey();
      await store.createKey(key, BY);
      const before = await store.verifyAuditTrail();
      expect((await rejection(store.createKey({ ...newKey(), id: key.id }, BY))).kind).toBe('conflict');
      expect((await rejection(store.createKey({ ...newKey(), sha256: key.sha256 }, BY))).kind).toBe('conflict');
      expect((await store.verifyAuditTrail()).head).toEqual(before.head);
    });

    it('imports all keys or none', async () => {
      const keys = Array.from({ length: 250 }, () => newKey({ hint: null }));
      await store.importKeys(keys, BY);
      expect((await store.getKey(keys[249]?.id ?? ''))?.sha256).toBe(keys[249]?.sha256);
      const more = Array.from({ length: 250 }, () => newKey());
      expect((await rejection(store.importKeys([...more, newKey({ sha256: keys[0]?.sha256 ?? '' })], BY))).kind).toBe(
        'conflict',
      );
      expect(await store.getKey(more[0]?.id ?? '')).toBeNull();
    });

    it('rotation adds the new key and ends the old one at the end of the overlap, or earlier where it was to', async () => {
      const old = newKey({ expiresAtMs: null });
      await store.createKey(old, BY);
      const next = newKey({ replaces: old.id });
      await store.rotateKey(old.id, next, BY.atMs + 500, BY);
      expect((await store.getKey(old.id))?.expiresAtMs).toBe(BY.atMs + 500);
      expect((await store.getKey(next.id))?.replaces).toBe(old.id);
      await store.rotateKey(old.id, newKey(), BY.atMs + 900, BY);
      expect((await store.getKey(old.id))?.expiresAtMs).toBe(BY.atMs + 500);
    });

    it('refuses to rotate or revoke what is not there, and does nothing', async () => {
      const next = newKey();
      expect((await rejection(store.rotateKey('nobody', next, 0, BY))).kind).toBe('unknown');
      expect(await store.getKey(next.id)).toBeNull();
      expect((await rejection(store.revokeKey('nobody', BY))).kind).toBe('unknown');
    });

    it('a key that is revoked stays so, and cannot be rotated', async () => {
      const key = newKey();
      await store.createKey(key, BY);
      expect(await store.revokeKey(key.id, BY)).toBe(true);
      expect(await store.revokeKey(key.id, { ...BY, atMs: BY.atMs + 5 })).toBe(false);
      expect((await store.getKey(key.id))?.revokedAtMs).toBe(BY.atMs);
      expect((await rejection(store.rotateKey(key.id, newKey(), 0, BY))).kind).toBe('unknown');
    });

    it('notes uses of many keys at once, and never moves a time back', async () => {
      const keys = Array.from({ length: 230 }, () => newKey());
      await store.importKeys(keys, BY);
      const ids = keys.map(({ id }) => id);
      await store.recordUses(new Map(ids.map((id, index) => [id, 5_000_000_000_000 + index])));
      await store.recordUses(
        new Map([
          [ids[7] ?? '', 1],
          ['nobody', 9],
        ]),
      );
      expect((await store.getKey(ids[7] ?? ''))?.lastUsedAtMs).toBe(5_000_000_000_007);
      expect((await store.getKey(ids[229] ?? ''))?.lastUsedAtMs).toBe(5_000_000_000_229);
    });

    it('counts active keys, those that end soon, and those that were not used for long', async () => {
      const atMs = BY.atMs + 10 ** 12;
      const day = 86_400_000;
      const before = await store.keysToLookAfter(atMs, 30 * day, 90 * day);
      const alive = { createdAtMs: atMs - 100 * day, expiresAtMs: null };
      const keys = [
        newKey({ ...alive, expiresAtMs: atMs + 5 * day, createdAtMs: atMs }),
        newKey(alive),
        newKey({ ...alive, createdAtMs: atMs }),
        newKey({ ...alive, expiresAtMs: atMs - 1 }),
      ];
      await store.importKeys(keys, BY);
      const used = newKey(alive);
      await store.importKeys([used], BY);
      await store.recordUses(new Map([[used.id, atMs - day]]));
      const after = await store.keysToLookAfter(atMs, 30 * day, 90 * day);
      expect([after.active - before.active, after.expiring - before.expiring, after.unused - before.unused]).toEqual([
        4, 1, 1,
      ]);
      await store.revokeKey(keys[0]?.id ?? '', BY);
      expect((await store.keysToLookAfter(atMs, 30 * day, 90 * day)).expiring).toBe(before.expiring);
    });

    it('what is acknowledged beside a transaction is not undone with it', async () => {
      const used = Array.from({ length: 20 }, () => newKey());
      await store.importKeys(used, BY);
      const failing = rejection(
        store.importKeys([...Array.from({ length: 500 }, () => newKey()), newKey({ id: used[0]?.id ?? '' })], BY),
      );
      for (const { id } of used) await store.recordUses(new Map([[id, 42]]));
      expect((await failing).kind).toBe('conflict');
      for (const { id } of used) expect((await store.getKey(id))?.lastUsedAtMs).toBe(42);
    });

    it('lists keys page by page, each once', async () => {
      const ids: string[] = [];
      for (let after = ''; ; ) {
        const page = await store.listKeys(after, 37);
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
      await store.createKey(one, BY);
      await store.createKey(two, BY);
      await store.revokeKey(one.id, BY);
      const all = await store.changesSince(0, 1_000_000);
      expect(all.slice(-2).map(({ sha256 }) => sha256)).toEqual([two.sha256, one.sha256]);
      expect(all.every(({ version }, index) => index === 0 || version > (all[index - 1]?.version ?? 0))).toBe(true);
      expect(await store.changesSince(all.at(-1)?.version ?? 0, 10)).toEqual([]);
    });

    describeRevocations(
      () => store,
      () => under,
    );

    describeGrants(() => store, another);
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
        const acknowledged = await killedWriter(under.policy, `kill-${afterLines}-${made++}`, afterLines);
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

    it('the audit trail tells each act with actor, target and details, and never a hash or a sealed text', async () => {
      const key = newKey();
      await store.createKey(key, BY);
      await store.revokeKey(key.id, { actor: 'somebody else', atMs: BY.atMs + 1 });
      const { head } = await store.verifyAuditTrail();
      const [created, revoked] = await store.auditTrail(head.sequence - 2, 2);
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
      await expect(under.tamper("UPDATE sallyport_audit SET actor = 'x' WHERE sequence = 1")).rejects.toThrow(
        /only grows/,
      );
      await expect(under.tamper('DELETE FROM sallyport_audit WHERE sequence = 1')).rejects.toThrow(/only grows/);
    });

    it('verification finds a row that was changed, removed, put elsewhere or added, and a removed end', async () => {
      const whole = await store.verifyAuditTrail();
      const { sequence: last } = whole.head;
      const noted = whole.head;
      expect(whole.faults).toEqual([]);
      await under.tamper(...appendOnlyOff);
      const faultsAfter = async (...statements: string[]): Promise<readonly number[]> => {
        await under.tamper('CREATE TABLE kept AS SELECT * FROM sallyport_audit', ...statements);
        const { faults } = await store.verifyAuditTrail();
        await under.tamper(
          'DELETE FROM sallyport_audit',
          'INSERT INTO sallyport_audit SELECT * FROM kept',
          'DROP TABLE kept',
        );
        expect((await store.verifyAuditTrail()).faults).toEqual([]);
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
      expect((await store.verifyAuditTrail({ sequence: last + 3, hash: 'f'.repeat(64) })).faults).toHaveLength(1);
      expect((await store.verifyAuditTrail({ ...noted, hash: 'f'.repeat(64) })).faults).toHaveLength(1);
      expect((await store.verifyAuditTrail(noted)).faults).toEqual([]);
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

const DAY_MS = 86_400_000;
export function newRevocation(more: Partial<NewRevocation> = {}): NewRevocation {
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

function describeRevocations(store: () => Store, under: () => StoreUnderTest): void {
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
    await under().tamper(
      "UPDATE sallyport_meta SET value = (SELECT value FROM kept_meta) WHERE name = 'revocation version'",
      'DROP TABLE kept_meta',
      `DELETE FROM sallyport_revocations WHERE id = '${known.id}'`,
    );
  });

  it('the audit trail tells of a revocation and of its end, and never a hash', async () => {
    const revocation = newRevocation({ kind: 'token', value: null, issuer: null, reason: 'stolen' });
    await store().revoke(revocation, BY);
    await store().liftRevocation(revocation.id, { ...BY, actor: 'somebody else' });
    const { head } = await store().verifyAuditTrail();
    const [revoked, lifted] = await store().auditTrail(head.sequence - 2, 2);
    expect(revoked).toMatchObject({ actor: 'test', act: 'revocation.create', target: revocation.id });
    expect(JSON.parse(revoked?.details ?? '')).toMatchObject({ kind: 'token', reason: 'stolen' });
    expect(lifted).toMatchObject({ actor: 'somebody else', act: 'revocation.lift', target: revocation.id });
    expect(JSON.stringify([revoked, lifted])).not.toContain(revocation.name);
  });
}

function describeSigningKeys(store: () => Store, under: () => StoreUnderTest): void {
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
