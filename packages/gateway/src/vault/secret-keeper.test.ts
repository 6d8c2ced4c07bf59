import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, VaultPolicy } from '@sallyport/core';
import { TestClock } from '../identity/testing/key-server.ts';
import { createSecretKeeper } from './secret-keeper.ts';
import { VaultError } from './vault-error.ts';
import type { VaultPool } from './vault-pool.ts';

const POLICY: VaultPolicy = {
  address: 'https://vault.example',
  namespace: null,
  ca: null,
  login: { method: 'token', token: 't' },
  timeoutMs: 1_000,
  refreshMs: 100_000,
  maxStaleMs: 1_000_000,
  place: null,
};
const REFERENCES = { vault: POLICY, paths: ['kv/a'] };

/** A Vault whose answers a test decides, by path; null for one that cannot be reached. */
function open() {
  const clock = new TestClock();
  const state = {
    answers: new Map<string, JsonObject | null>([['kv/a', { data: { f: 'one' } }]]),
    asked: [] as string[],
    isDown: false,
    isBroken: false,
    users: 0,
  };
  const session = {
    address: POLICY.address,
    close: () => undefined,
    async ask(method: string, path: string): Promise<JsonObject> {
      await Promise.resolve();
      if (path.startsWith('sys/internal/')) throw new VaultError('denied', 'permission denied');
      state.asked.push(`${method} ${path}`);
      const answer = state.answers.get(path);
      if (state.isBroken) throw new TypeError('broken');
      if (state.isDown) throw new VaultError('unavailable', 'nobody answers');
      if (answer === undefined || answer === null) throw new VaultError('refused', 'it is not there');
      return answer;
    },
  };
  const pool: VaultPool = {
    take() {
      state.users++;
      return { session, release: () => void state.users-- };
    },
  };
  const told: string[] = [];
  const changes: string[] = [];
  const keeper = createSecretKeeper(pool, { clock, tell: (level, message) => told.push(`${level} ${message}`) });
  const start = async (references = REFERENCES) => {
    const prepared = await keeper.prepare(references);
    prepared.accept();
    keeper.start(
      () => changes.push('changed'),
      (isStale) => changes.push(isStale ? 'stale' : 'fresh'),
    );
    return prepared;
  };
  return { clock, state, keeper, told, changes, start };
}
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

describe('createSecretKeeper', () => {
  it('reads a secret again each refresh, and tells of another value alone', async () => {
    const { clock, state, changes, start } = open();
    const { lookup } = await start();
    expect(lookup('kv/a', 'f')).toEqual({ ok: true, text: 'one' });
    clock.advance(POLICY.refreshMs);
    await settle();
    expect([state.asked.length, changes]).toEqual([2, []]);
    state.answers.set('kv/a', { data: { f: 'two' } });
    clock.advance(POLICY.refreshMs);
    await settle();
    expect(changes).toEqual(['changed']);
    expect(lookup('kv/a', 'f')).toEqual({ ok: true, text: 'two' });
  });

  it('a fault while a secret is read again is told and tried again, as where Vault is away', async () => {
    const { clock, state, told, start, changes } = open();
    await start();
    state.isBroken = true;
    clock.advance(POLICY.refreshMs);
    await settle();
    state.isBroken = false;
    clock.advance(1_000);
    await settle();
    expect([told, changes]).toEqual([
      [
        'warn a secret of Vault cannot be read again; the one at hand is used while it may be',
        'info a secret of Vault can be read again',
      ],
      [],
    ]);
  });

  it('law: while it cannot be read again it is used until refresh and maxStale are over, and never longer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(300_000), { maxLength: 12 }), async (steps) => {
        const { clock, state, changes, start, keeper } = open();
        await start();
        const readAtMs = clock.nowMs();
        state.isDown = true;
        for (const step of steps) {
          clock.advance(step);
          await settle();
          const isOld = clock.nowMs() >= readAtMs + POLICY.refreshMs + POLICY.maxStaleMs;
          expect(changes).toEqual(isOld ? ['stale'] : []);
        }
        keeper.close();
      }),
    );
  });

  it('what had become too old is good again once it was read', async () => {
    const { clock, state, changes, told, start } = open();
    await start();
    state.isDown = true;
    for (let i = 0; i < 30; i++) {
      clock.advance(60_000);
      await settle();
    }
    expect(changes).toEqual(['stale']);
    state.isDown = false;
    clock.advance(60_000);
    await settle();
    expect(changes).toEqual(['stale', 'fresh']);
    expect(told).toEqual([
      'warn a secret of Vault cannot be read again; the one at hand is used while it may be',
      'error secrets of Vault are too old to go on with: every request is refused',
      'info a secret of Vault can be read again',
      'info the secrets of Vault are new enough again: requests are let in',
    ]);
  });

  it('secrets that grew too old at once, as in a machine that was suspended, are read again before they are held to be', async () => {
    const { clock, state, changes, start } = open();
    for (const path of ['kv/b', 'kv/c']) state.answers.set(path, { data: { f: 'one' } });
    await start();
    clock.advance(50_000);
    await start({ ...REFERENCES, paths: ['kv/a', 'kv/b', 'kv/c'] });
    clock.setForward(POLICY.maxStaleMs * 2);
    clock.advance(50_000);
    await settle();
    expect(state.asked.slice(3)).toEqual(['GET kv/a', 'GET kv/b', 'GET kv/c']);
    expect(changes).toEqual([]);
    state.isDown = true;
    clock.setForward(POLICY.maxStaleMs * 2);
    clock.advance(100_000);
    await settle();
    expect(changes).toEqual(['stale']);
  });

  it('a reload leaves the time of the next reading as it was, even where the clock was set back', async () => {
    const { clock, state, start } = open();
    await start();
    clock.setBack(3_600_000);
    await start();
    clock.advance(POLICY.refreshMs);
    await settle();
    expect(state.asked).toEqual(['GET kv/a', 'GET kv/a']);
  });

  it('renews a lease after two thirds of it, and reads a new secret once it grows no more', async () => {
    const { clock, state, changes, start } = open();
    const lease = { lease_id: 'l', lease_duration: 900, renewable: true };
    state.answers.set('kv/a', { data: { f: 'one' }, ...lease });
    state.answers.set('sys/leases/renew', lease);
    await start();
    clock.advance(599_999);
    await settle();
    expect(state.asked).toEqual(['GET kv/a']);
    clock.advance(1);
    await settle();
    state.answers.set('sys/leases/renew', { ...lease, lease_duration: 299 });
    state.answers.set('kv/a', { data: { f: 'two' }, ...lease, lease_id: 'm' });
    clock.advance(600_000);
    await settle();
    expect(state.asked).toEqual(['GET kv/a', 'PUT sys/leases/renew', 'PUT sys/leases/renew', 'GET kv/a']);
    expect(changes).toEqual(['changed']);
  });

  it('a policy that is refused changes nothing of what is kept for the one that runs', async () => {
    const { clock, state, keeper, start } = open();
    await start();
    const refused = await keeper.prepare({ vault: POLICY, paths: ['kv/b'] });
    expect(refused.lookup('kv/b', 'f')).toEqual({ ok: false, message: 'it is not there' });
    expect(refused.lookup('kv/a', 'f').ok).toBe(false);
    refused.drop();
    expect(state.users).toBe(1);
    clock.advance(POLICY.refreshMs);
    await settle();
    expect(state.asked.filter((one) => one === 'GET kv/a').length).toBe(2);
    (await keeper.prepare(null)).accept();
    expect(state.users).toBe(0);
    clock.advance(POLICY.refreshMs);
    await settle();
    expect(state.asked.filter((one) => one === 'GET kv/a').length).toBe(2);
  });

  it('gives no field but its own, and none that is no text', async () => {
    const { state, start } = open();
    state.answers.set('kv/a', { data: { f: 'one', n: 1, e: '' } });
    const { lookup } = await start();
    expect(lookup('kv/a', 'toString')).toEqual({ ok: false, message: 'it has no field toString' });
    expect(lookup('kv/a', 'n')).toEqual({ ok: false, message: 'its field n is no text' });
    expect(lookup('kv/z', 'n')).toEqual({ ok: false, message: 'nobody was asked for it' });
  });
});
