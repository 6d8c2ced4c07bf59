import { afterEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createGrantDirectory, type GrantDirectory } from './grant-directory.ts';
import { GrantTable } from './grant-table.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Clock } from '../../clock.ts';
import type { GrantChange, StoredGrant } from '../../store/grant-port.ts';

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

function grantOf(more: Partial<StoredGrant> = {}): StoredGrant {
  const { issuer = 'iss', subject = 'anna', role = 'editor' } = more;
  return {
    id: `${issuer}/${subject}/${role}`,
    issuer,
    subject,
    role,
    reason: null,
    grantedBy: 'test',
    grantedAtMs: 0,
    expiresAtMs: null,
    revokedAtMs: null,
    lastSeenAtMs: null,
    ...more,
  };
}

/** A store in memory that can be made to fail. */
class TestStore {
  readonly changes: GrantChange[] = [];
  readonly uses: ReadonlyMap<string, number>[] = [];
  failure: StoreError | null = null;
  hold: Promise<void> | null = null;
  closed = false;
  listener: () => void = () => undefined;

  async #check(): Promise<void> {
    await this.hold;
    if (this.failure !== null) throw this.failure;
  }
  open(): Promise<void> {
    return this.#check();
  }
  async grantsSince(version: number, limit: number): Promise<readonly GrantChange[]> {
    await this.#check();
    return this.changes.filter((change) => change.version > version).slice(0, limit);
  }
  async recordGrantUses(uses: ReadonlyMap<string, number>): Promise<void> {
    await this.#check();
    this.uses.push(uses);
  }
  onChange(listener: () => void): void {
    this.listener = listener;
  }
  async close(): Promise<void> {
    this.closed = true;
  }
  put(more: Partial<StoredGrant> = {}): void {
    this.changes.push({ version: this.changes.length + 1, grant: grantOf(more) });
  }
}

const DOWN = new StoreError('unavailable', 'down');
const directories: GrantDirectory[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await directory.close();
});

function directoryOver(store: TestStore, more: { graceMs?: number; maxGrants?: number } = {}) {
  const clock = new TestClock();
  const states: [boolean, string][] = [];
  const directory = createGrantDirectory(store, {
    clock,
    graceMs: 60_000,
    ...more,
    onState: (up, reason) => states.push([up, reason]),
  });
  directories.push(directory);
  const rolesOf = (subject = 'anna', issuer = 'iss') => directory.port.rolesOf(issuer, subject, clock.nowMs());
  return { clock, directory, states, rolesOf };
}

describe('grant directory', () => {
  it('knows the roles of a subject of an issuer, and of no other', async () => {
    const store = new TestStore();
    store.put();
    store.put({ role: 'viewer' });
    store.put({ subject: 'bob', role: 'owner' });
    const { directory, rolesOf } = directoryOver(store);
    await directory.open();
    expect(rolesOf()).toEqual(['editor', 'viewer']);
    expect(rolesOf('bob')).toEqual(['owner']);
    expect(rolesOf('anna', 'another')).toEqual([]);
    expect(rolesOf('Anna')).toEqual([]);
    expect(rolesOf('constructor', '__proto__')).toEqual([]);
  });

  it('gives the same array as long as the same roles count', async () => {
    const store = new TestStore();
    store.put();
    const { directory, rolesOf } = directoryOver(store);
    await directory.open();
    expect(rolesOf()).toBe(rolesOf());
    expect(rolesOf('nobody')).toBe(rolesOf('nobody else'));
  });

  it('sees what is granted and taken back within a second, and at once where it is told', async () => {
    const store = new TestStore();
    const { clock, directory, rolesOf } = directoryOver(store);
    await directory.open();
    directory.start();
    store.put();
    await clock.advance(1000);
    expect(rolesOf()).toEqual(['editor']);
    store.put({ revokedAtMs: 5 });
    store.listener();
    await new Promise((resolve) => setImmediate(resolve));
    expect(rolesOf()).toEqual([]);
    expect(directory.size).toBe(0);
  });

  it('a grant ends at its end, on time', async () => {
    const store = new TestStore();
    const { clock, directory, rolesOf } = directoryOver(store);
    store.put({ expiresAtMs: clock.nowMs() + 1000 });
    store.put({ role: 'viewer' });
    await directory.open();
    await clock.advance(950);
    expect(rolesOf()).toEqual(['editor', 'viewer']);
    await clock.advance(50);
    expect(rolesOf()).toEqual(['viewer']);
    expect(directory.size).toBe(1);
  });

  it('while the store is away what was known goes on for the grace, and is not known after it', async () => {
    const store = new TestStore();
    store.put();
    const { clock, directory, states, rolesOf } = directoryOver(store, { graceMs: 10_000 });
    await directory.open();
    directory.start();
    await clock.advance(500);
    store.failure = DOWN;
    await clock.advance(9000);
    expect(rolesOf()).toEqual(['editor']);
    expect(rolesOf('nobody')).toEqual([]);
    await clock.advance(2000);
    expect(rolesOf()).toBeNull();
    expect(rolesOf('nobody')).toBeNull();
    store.failure = null;
    await clock.advance(1000);
    expect(rolesOf()).toEqual(['editor']);
    expect(states).toEqual([
      [true, ''],
      [false, 'down'],
      [true, ''],
    ]);
  });

  it('a store that hangs is away', async () => {
    const store = new TestStore();
    store.put();
    const { clock, directory, rolesOf } = directoryOver(store, { graceMs: 0 });
    await directory.open();
    directory.start();
    await clock.advance(300);
    let release: () => void = () => undefined;
    store.hold = new Promise((resolve) => (release = resolve));
    await clock.advance(3000);
    expect(rolesOf()).toBeNull();
    release();
    store.hold = null;
  });

  it('knows nothing before it has heard everything; a store that is away is waited for, one that is wrong is told of', async () => {
    const store = new TestStore();
    store.put();
    store.failure = DOWN;
    const { clock, directory, rolesOf } = directoryOver(store);
    await directory.open();
    directory.start();
    expect(rolesOf()).toBeNull();
    store.failure = null;
    await clock.advance(500);
    expect(rolesOf()).toEqual(['editor']);
    const wrong = new TestStore();
    wrong.failure = new StoreError('newer', 'too new');
    await expect(directoryOver(wrong).directory.open()).rejects.toMatchObject({ kind: 'newer' });
  });

  it('refuses to hold more grants than it may: then nothing is known', async () => {
    const store = new TestStore();
    for (let index = 0; index < 5; index++) store.put({ subject: `s${index}`, expiresAtMs: 500 });
    for (let index = 0; index < 3; index++) store.put({ subject: `t${index}` });
    const { directory, rolesOf } = directoryOver(store, { maxGrants: 3 });
    await directory.open();
    expect([directory.size, rolesOf('t0')]).toEqual([3, ['editor']]);
    const full = new TestStore();
    for (let index = 0; index < 4; index++) full.put({ subject: `t${index}` });
    const over = directoryOver(full, { maxGrants: 3 });
    await expect(over.directory.open()).rejects.toMatchObject({ kind: 'full' });
    expect(over.rolesOf('t0')).toBeNull();
  });

  it('notes the use of a grant once a minute, and what is left when it stops', async () => {
    const store = new TestStore();
    store.put();
    const { clock, directory, rolesOf } = directoryOver(store);
    await directory.open();
    rolesOf();
    directory.start();
    await clock.advance(100);
    for (let index = 0; index < 10; index++) rolesOf();
    const firstMs = clock.nowMs();
    await clock.advance(6000);
    expect(store.uses).toEqual([new Map([['iss/anna/editor', firstMs]])]);
    await clock.advance(60_000);
    rolesOf();
    const lastMs = clock.nowMs();
    await directory.close();
    expect(store.uses.at(-1)).toEqual(new Map([['iss/anna/editor', lastMs]]));
    expect(store.closed).toBe(true);
  });
});

describe('grant table', () => {
  it('the_table_knows_what_the_changes_say, in whatever order they come', () => {
    const change = fc.record({
      subject: fc.constantFrom('a', 'b'),
      role: fc.constantFrom('x', 'y', 'z'),
      revokedAtMs: fc.option(fc.constant(1)),
      expiresAtMs: fc.option(fc.integer({ min: 0, max: 10 })),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.integer({ min: 0, max: 10 }), (changes, nowMs) => {
        const table = new GrantTable();
        const last = new Map<string, (typeof changes)[number]>();
        for (const [index, each] of changes.entries()) {
          table.apply(grantOf(each));
          last.set(`${each.subject} ${each.role}`, each);
          // Asking in between changes nothing.
          if (index % 2 === 0) table.rolesOf('iss', each.subject, 0);
        }
        for (const subject of ['a', 'b']) {
          const expected = [...last.values()].filter(
            (each) =>
              each.subject === subject &&
              each.revokedAtMs === null &&
              (each.expiresAtMs === null || (each.expiresAtMs > nowMs && each.expiresAtMs > 0)),
          );
          expect(new Set(table.rolesOf('iss', subject, nowMs))).toEqual(new Set(expected.map(({ role }) => role)));
        }
      }),
      { numRuns: 500 },
    );
  });
});
