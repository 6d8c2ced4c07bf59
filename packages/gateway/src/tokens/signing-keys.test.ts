import { describe, expect, it } from 'vitest';
import type { TokensPolicy } from '@sallyport/core';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import type { Clock } from '../clock.ts';
import type { SigningKey, Store } from '../store/store-port.ts';

const HOUR_MS = 3_600_000;
const POLICY: TokensPolicy = {
  issuer: 'https://api.example.com',
  audience: 'https://api.example.com',
  path: '/token',
  jwksPath: '/keys',
  metadataPath: '/metadata',
  lifetimeMs: HOUR_MS,
  algorithm: 'ES256',
  rotateMs: 24 * HOUR_MS,
  keyRate: { limit: 1, windowMs: 1000 },
  failures: { limit: 1, windowMs: 1000 },
  keyFailures: { limit: 1, windowMs: 1000 },
  schemes: null,
  rate: { limit: 1, windowMs: 1 },
  certificateBound: false,
};

/** A store in memory, as several nodes share it. */
class TestStore implements Pick<Store, 'signingKeys' | 'addSigningKey'> {
  readonly keys: SigningKey[] = [];
  down = false;

  async signingKeys(nowMs: number): Promise<readonly SigningKey[]> {
    if (this.down) throw new Error('down');
    return this.keys.filter(({ verifiedUntilMs }) => verifiedUntilMs > nowMs);
  }
  async addSigningKey(key: SigningKey, newest: string | null): Promise<boolean> {
    if ((this.keys.findLast(({ algorithm }) => algorithm === key.algorithm)?.id ?? null) !== newest) return false;
    this.keys.push(key);
    return true;
  }
}

function setting(policies: readonly Partial<TokensPolicy>[] = [{}]): {
  readonly store: TestStore;
  readonly nodes: readonly SigningKeys[];
  now(): number;
  /** Moves time on and lets every node look, `stepMs` apart. */
  advance(byMs: number, stepMs?: number): Promise<void>;
} {
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { nowMs: () => nowMs, steadyMs: () => nowMs, schedule: () => () => undefined };
  const store = new TestStore();
  const nodes = policies.map((more) => createSigningKeys({ ...POLICY, ...more }, clock));
  return {
    store,
    nodes,
    now: () => nowMs,
    async advance(byMs, stepMs = byMs) {
      for (let passed = 0; passed < byMs; passed += stepMs) {
        nowMs += stepMs;
        await Promise.all(nodes.map((node) => node.follow(store as unknown as Store).catch(() => undefined)));
      }
    },
  };
}
const ids = (node: SigningKeys | undefined, nowMs: number): unknown[] =>
  node?.published(nowMs).keys.map((key) => key['kid']) ?? [];

describe('signing keys', () => {
  it('a_signing_key_was_published_for_an_hour_before_it_signs_and_is_until_its_last_token_has_expired', async () => {
    const { nodes, now, advance } = setting();
    const [node] = nodes;
    await advance(5_000);
    const seenMs = new Map<unknown, number>([[node?.current(now())?.id, 0]]);
    const signedMs = new Map<unknown, number>();
    for (let step = 0; step < 24 * 6 * 5; step++) {
      await advance(10 * 60_000);
      const published = ids(node, now());
      for (const id of published) if (!seenMs.has(id)) seenMs.set(id, now());
      const current = node?.current(now())?.id;
      expect(now() - (seenMs.get(current) ?? Infinity)).toBeGreaterThanOrEqual(
        signedMs.has(current) ? 0 : HOUR_MS - 10 * 60_000,
      );
      signedMs.set(current, now());
      // Whatever signed within a token's life is still there.
      for (const [id, atMs] of signedMs) if (now() - atMs <= HOUR_MS) expect(published).toContain(id);
      expect(published.length).toBeLessThanOrEqual(3);
    }
    expect(signedMs.size).toBeGreaterThanOrEqual(5);
  });

  it('several nodes make one key at a time and sign with the same one', async () => {
    const { store, nodes, now, advance } = setting([{}, {}, {}]);
    await advance(48 * HOUR_MS, HOUR_MS / 2);
    expect(new Set(nodes.map((node) => node.current(now())?.id)).size).toBe(1);
    expect(store.keys.length).toBeLessThanOrEqual(4);
  });

  it('nodes that sign differently have a key each, and publish both', async () => {
    const { nodes, now, advance } = setting([{}, { algorithm: 'EdDSA' }]);
    await advance(10_000, 2_500);
    expect(nodes.map((node) => node.current(now())?.algorithm)).toEqual(['ES256', 'EdDSA']);
    for (const node of nodes) expect(ids(node, now())).toHaveLength(2);
  });

  it.each([
    ['short ones are first', [{ lifetimeMs: 60_000 }, {}]],
    ['and rotate faster', [{ lifetimeMs: 60_000, rotateMs: HOUR_MS }, {}]],
    ['long ones are first', [{}, { lifetimeMs: 60_000, rotateMs: HOUR_MS }]],
  ])(
    'no_token_outlives_the_key_that_it_was_signed_with, where nodes issue long tokens and short ones: %s',
    async (_, policies) => {
      const { store, nodes, now, advance } = setting(policies);
      for (let step = 0; step < 3 * 24 * 6; step++) {
        await advance(10 * 60_000);
        for (const [index, node] of nodes.entries()) {
          const current = node.current(now());
          expect(current).not.toBeNull();
          const { verifiedUntilMs = 0 } = store.keys.find(({ id }) => id === current?.id) ?? {};
          expect(verifiedUntilMs).toBeGreaterThanOrEqual(now() + (policies[index]?.lifetimeMs ?? HOUR_MS));
        }
      }
      // One for each that rotates hourly, and one for those whose tokens live longer.
      expect(store.keys.length).toBeLessThanOrEqual(2 * 3 * 24 + 2);
    },
  );

  it('while the store is away the known key signs for as long as it was to, and then none', async () => {
    const { store, nodes, now, advance } = setting();
    const [node] = nodes;
    await advance(5_000);
    const id = node?.current(now())?.id;
    store.down = true;
    await advance(24 * HOUR_MS, HOUR_MS);
    expect(node?.current(now())?.id).toBe(id);
    await advance(2 * HOUR_MS, HOUR_MS);
    expect(node?.current(now())).toBeNull();
    store.down = false;
    await advance(5_000);
    expect(node?.current(now())?.id).not.toBe(id);
  });

  it('nothing signs before the store was read', () => {
    const { nodes, now } = setting();
    expect(nodes[0]?.current(now())).toBeNull();
    expect(nodes[0]?.refresh()).toBeNull();
  });
});
