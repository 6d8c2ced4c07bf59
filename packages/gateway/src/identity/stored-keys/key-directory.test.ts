import { hash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { CredentialResult } from '@sallyport/core';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { makeKey } from './key-text.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Clock } from '../../clock.ts';
import type { KeyChange, Store, StoredKey } from '../../store/store-port.ts';

/** A clock that stands until it is moved, and runs what is due then. */
class TestClock implements Clock {
  #now = 1_000_000;
  /** How far the date is behind. */
  setBackMs = 0;
  readonly #tasks = new Set<{ readonly atMs: number; readonly task: () => void }>();

  nowMs(): number {
    return this.#now - this.setBackMs;
  }
  steadyMs(): number {
    return this.#now;
  }
  schedule(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.#now + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }
  /** Moves on step by step, letting promises settle in between. */
  async advance(byMs: number): Promise<void> {
    for (let passed = 0; passed < byMs; passed += 50) {
      this.#now += 50;
      for (const entry of [...this.#tasks]) {
        if (entry.atMs > this.#now) continue;
        this.#tasks.delete(entry);
        entry.task();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A store in memory that counts what it is asked and can be made to fail. */
class TestStore implements Pick<Store, 'open' | 'findKey' | 'changesSince' | 'recordUses' | 'onChange' | 'close'> {
  readonly keys = new Map<string, StoredKey>();
  readonly changes: KeyChange[] = [];
  readonly uses: ReadonlyMap<string, number>[] = [];
  finds = 0;
  down = false;
  hold: Promise<void> | null = null;
  listener: () => void = () => undefined;

  #check(): void {
    if (this.down) throw new StoreError('unavailable', 'down');
  }
  async open(): Promise<void> {
    this.#check();
  }
  async findKey(sha256: string): Promise<StoredKey | null> {
    this.#check();
    this.finds++;
    const found = this.keys.get(sha256) ?? null;
    await this.hold;
    return found;
  }
  async changesSince(version: number): Promise<readonly KeyChange[]> {
    this.#check();
    return this.changes.filter((change) => change.version > version);
  }
  async recordUses(uses: ReadonlyMap<string, number>): Promise<void> {
    this.#check();
    this.uses.push(uses);
  }
  onChange(listener: () => void): void {
    this.listener = listener;
  }
  async close(): Promise<void> {}

  put(text: string, more: Partial<StoredKey> = {}): void {
    const sha256 = hash('sha256', text, 'hex');
    this.keys.set(sha256, {
      id: text.slice(0, 12),
      sha256,
      scheme: 'key',
      hint: null,
      owner: 'o',
      contact: null,
      subject: 's',
      scopes: [],
      roles: [],
      addresses: [],
      attributes: {},
      createdAtMs: 0,
      expiresAtMs: null,
      revokedAtMs: null,
      lastUsedAtMs: null,
      replaces: null,
      limits: [],
      family: text.slice(0, 12),
      ...more,
    });
    this.changes.push({ version: this.changes.length + 1, sha256, counted: null });
  }
}

let directory: KeyDirectory;
afterEach(() => directory.close());

async function setUp(graceMs = 1000): Promise<{
  readonly store: TestStore;
  readonly clock: TestClock;
  readonly lookup: (text: string, address?: string) => Promise<CredentialResult>;
  readonly told: readonly string[];
}> {
  const told: string[] = [];
  const store = new TestStore();
  const clock = new TestClock();
  directory = createKeyDirectory(store as unknown as Store, {
    clock,
    graceMs,
    onUses: (written, reason) => told.push(written ? 'written' : reason),
  });
  await directory.open();
  directory.start();
  await clock.advance(50);
  const port = directory.port('key');
  return { store, clock, lookup: async (text, address) => port.lookup(text, clock.nowMs(), address), told };
}
const code = (result: CredentialResult): string => (result.ok ? 'ok' : result.code);

describe('the key directory', () => {
  it('refuses keys that do not exist without asking the store, however many are tried', async () => {
    const { store, lookup } = await setUp();
    for (let index = 0; index < 2000; index++)
      expect(code(await lookup(makeKey('test').text))).toBe('AUTHN_KEY_UNKNOWN');
    expect(code(await lookup('no key of ours'))).toBe('AUTHN_KEY_UNKNOWN');
    expect(store.finds).toBe(0);
  });

  it('loads a key once, also when many ask for it at the same time', async () => {
    const { store, clock, lookup } = await setUp();
    const { text } = makeKey('test');
    store.put(text);
    await clock.advance(300);
    const results = await Promise.all(Array.from({ length: 50 }, () => lookup(text)));
    expect(results.map(code)).toEqual(Array.from({ length: 50 }, () => 'ok'));
    await lookup(text);
    expect(store.finds).toBe(1);
  });

  it('learns of a change within a quarter of a second, and at once where the store tells', async () => {
    const { store, clock, lookup } = await setUp();
    store.put('one');
    store.put('two');
    await clock.advance(300);
    expect(code(await lookup('one'))).toBe('ok');
    store.put('one', { revokedAtMs: 1 });
    await clock.advance(300);
    expect(code(await lookup('one'))).toBe('AUTHN_KEY_REVOKED');
    expect(code(await lookup('two'))).toBe('ok');
    store.put('two', { revokedAtMs: 1 });
    store.listener();
    await new Promise((resolve) => setImmediate(resolve));
    expect(code(await lookup('two'))).toBe('AUTHN_KEY_REVOKED');
  });

  it('forgets what it read when a revocation came in between', async () => {
    const { store, clock, lookup } = await setUp();
    store.put('one');
    await clock.advance(300);
    let release: () => void = () => undefined;
    store.hold = new Promise((resolve) => (release = resolve));
    const slow = lookup('one');
    store.put('one', { revokedAtMs: 1 });
    await clock.advance(300);
    release();
    store.hold = null;
    await slow;
    expect(code(await lookup('one'))).toBe('AUTHN_KEY_REVOKED');
  });

  it('known keys go on working for the grace and not a moment longer; unknown ones get 503; it recovers by itself', async () => {
    const { store, clock, lookup } = await setUp(1000);
    store.put('known');
    store.put('never asked for');
    await clock.advance(300);
    expect(code(await lookup('known'))).toBe('ok');
    store.down = true;
    await clock.advance(300);
    expect(directory.up).toBe(false);
    expect(code(await lookup('known'))).toBe('ok');
    expect(code(await lookup('never asked for'))).toBe('AUTHN_STORE_UNAVAILABLE');
    expect(code(await lookup('not there'))).toBe('AUTHN_STORE_UNAVAILABLE');
    await clock.advance(1000);
    expect(code(await lookup('known'))).toBe('AUTHN_STORE_UNAVAILABLE');
    store.down = false;
    await clock.advance(300);
    expect(code(await lookup('known'))).toBe('ok');
    expect(code(await lookup('never asked for'))).toBe('ok');
    expect(code(await lookup('not there'))).toBe('AUTHN_KEY_UNKNOWN');
  });

  it('the grace lasts no longer where the clock is set back meanwhile, nor shorter', async () => {
    const { store, clock, lookup } = await setUp(1000);
    store.put('known');
    await clock.advance(300);
    await lookup('known');
    store.down = true;
    clock.setBackMs = 3_600_000;
    await clock.advance(300);
    expect([directory.up, code(await lookup('known'))]).toEqual([false, 'ok']);
    await clock.advance(1000);
    expect(code(await lookup('known'))).toBe('AUTHN_STORE_UNAVAILABLE');
  });

  it('a store that hangs is away, like one that says so', async () => {
    const { store, clock, lookup } = await setUp(60_000);
    store.put('known');
    await clock.advance(300);
    await lookup('known');
    store.changesSince = () => new Promise(() => undefined);
    await clock.advance(2500);
    expect(code(await lookup('known'))).toBe('ok');
    expect(code(await lookup('not there'))).toBe('AUTHN_STORE_UNAVAILABLE');
    directory = createKeyDirectory(new TestStore() as unknown as Store, { clock, graceMs: 0 });
  });

  it('refuses with 503 until it has read which keys there are', async () => {
    const store = new TestStore();
    const clock = new TestClock();
    store.put('one');
    store.down = true;
    directory = createKeyDirectory(store as unknown as Store, { clock, graceMs: 60_000 });
    await directory.open();
    directory.start();
    const port = directory.port('key');
    expect(code(await port.lookup('one', clock.nowMs()))).toBe('AUTHN_STORE_UNAVAILABLE');
    store.down = false;
    await clock.advance(400);
    expect(code(await port.lookup('one', clock.nowMs()))).toBe('ok');
  });

  it('notes a use once a minute at most, together with others, and tries again when the store was away', async () => {
    const { store, clock, lookup } = await setUp(600_000);
    store.put('one');
    store.put('two');
    await clock.advance(300);
    for (let index = 0; index < 10; index++) await lookup('one');
    await lookup('two');
    await clock.advance(6000);
    expect(store.uses.map((batch) => [...batch.keys()])).toEqual([['one', 'two']]);
    await lookup('one');
    await clock.advance(6000);
    expect(store.uses).toHaveLength(1);
    await clock.advance(50_000);
    await lookup('one');
    store.recordUses = () => Promise.reject(new StoreError('unavailable', 'down'));
    await clock.advance(6000);
    Reflect.deleteProperty(store, 'recordUses');
    await clock.advance(6000);
    expect(store.uses.slice(1).map((batch) => [...batch.keys()])).toEqual([['one']]);
  });

  it('tells once that a store which can be read takes no uses, and when it has taken all that waited', async () => {
    const { store, clock, lookup, told } = await setUp(600_000);
    store.put('one');
    await clock.advance(300);
    store.recordUses = () => Promise.reject(new StoreError('unavailable', 'its disk is full'));
    await lookup('one');
    await clock.advance(6000);
    expect(told).toEqual([]);
    await clock.advance(20_000);
    expect([told, code(await lookup('one'))]).toEqual([['its disk is full'], 'ok']);
    Reflect.deleteProperty(store, 'recordUses');
    await clock.advance(6000);
    expect([told, store.uses.length]).toEqual([['its disk is full', 'written'], 1]);
  });

  it('a key with addresses is refused from others, and where no address is known', async () => {
    const { store, clock, lookup } = await setUp();
    store.put('one', { addresses: ['10.0.0.0/8', '2001:db8::/32'] });
    await clock.advance(300);
    expect(code(await lookup('one', '10.1.2.3'))).toBe('ok');
    expect(code(await lookup('one', '2001:db8::1'))).toBe('ok');
    for (const address of ['11.0.0.1', '2001:db9::1', ''])
      expect(code(await lookup('one', address))).toBe('AUTHN_KEY_ADDRESS');
    expect(code(await lookup('one'))).toBe('AUTHN_KEY_ADDRESS');
  });

  it('expires at the very millisecond', async () => {
    const { store, clock, lookup } = await setUp();
    store.put('one', { expiresAtMs: clock.nowMs() + 350 });
    await clock.advance(300);
    expect(code(await lookup('one'))).toBe('ok');
    await clock.advance(50);
    expect(code(await lookup('one'))).toBe('AUTHN_KEY_EXPIRED');
  });
});
