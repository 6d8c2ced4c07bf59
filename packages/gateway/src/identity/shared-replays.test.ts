import { describe, expect, it } from 'vitest';
import { createSharedReplays, type SharedReplays, type SharedReplaysOptions } from './shared-replays.ts';
import { ReplayMemory, type UsedProof } from './replay-memory.ts';
import { StoreError } from '../store/store-error.ts';
import type { OneTimeStore, OneTimeValue } from '../store/one-time-port.ts';

const NOW_MS = 1_800_000_000_000;
const UNTIL_MS = NOW_MS + 90_000;

/** Whoever holds a key here has no other, unless a test says so. */
const proof = (key: string, id: string, holder = key): UsedProof => ({ holder, key, id, untilMs: UNTIL_MS });

/** A store in memory; `fail` has it reject from then on. */
function memoryStore(): OneTimeStore & {
  readonly asked: (readonly OneTimeValue[])[];
  readonly swept: number[];
  left: number;
  fail: boolean;
} {
  const used = new Set<string>();
  const asked: (readonly OneTimeValue[])[] = [];
  return {
    asked,
    swept: [],
    left: 0,
    fail: false,
    async useOnce(values) {
      asked.push(values);
      await Promise.resolve();
      if (this.fail) throw new StoreError('unavailable', 'away');
      const fresh = values.filter(({ name }) => !used.has(name)).map(({ name }) => name);
      for (const name of fresh) used.add(name);
      return new Set(fresh);
    },
    sweepUsed(beforeMs) {
      this.swept.push(beforeMs);
      return Promise.resolve(this.left);
    },
  };
}

const tasks: (() => void)[] = [];
const clock = {
  nowMs: () => NOW_MS,
  steadyMs: () => NOW_MS,
  schedule(_delayMs: number, task: () => void) {
    tasks.push(task);
    return () => void tasks.splice(tasks.indexOf(task), 1);
  },
};

function node(store: OneTimeStore, more: Partial<SharedReplaysOptions> = {}): SharedReplays {
  return createSharedReplays({
    local: new ReplayMemory(),
    store,
    clock,
    isUp: () => true,
    mayBeAlone: () => false,
    ...more,
  });
}

describe('proofs that nodes share', () => {
  it('a proof that one node took is seen at the other, and the same id of another key is not', async () => {
    const store = memoryStore();
    const [one, two] = [node(store), node(store)];
    expect(await one.remember(proof('key', 'a'), NOW_MS)).toBe('new');
    expect(await two.remember(proof('key', 'a'), NOW_MS)).toBe('seen');
    expect(await two.remember(proof('other', 'a'), NOW_MS)).toBe('new');
  });

  it('refuses what this process has seen, and what one holder has too much of, whatever its keys, without asking', async () => {
    const store = memoryStore();
    const one = node(store, { local: new ReplayMemory(100, 2) });
    await one.remember(proof('key', 'a'), NOW_MS);
    expect(one.remember(proof('key', 'a'), NOW_MS)).toBe('seen');
    await one.remember(proof('second', 'a', 'key'), NOW_MS);
    expect(one.remember(proof('third', 'a', 'key'), NOW_MS)).toBe('full');
    expect(await one.remember(proof('third', 'a', 'other'), NOW_MS)).toBe('new');
    expect(store.asked.flat()).toHaveLength(3);
  });

  it('proofs that come while the store is asked go together with the next question, a hundred at most', async () => {
    const store = memoryStore();
    const one = node(store);
    const all = await Promise.all(
      Array.from({ length: 250 }, async (_, index) => one.remember(proof('key', `${index}`), NOW_MS)),
    );
    expect(all.every((remembered) => remembered === 'new')).toBe(true);
    expect(store.asked.map(({ length }) => length)).toEqual([1, 100, 100, 49]);
  });

  it('answers away while the store cannot be asked, and when it fails on the way', async () => {
    const store = memoryStore();
    let up = false;
    const one = node(store, { isUp: () => up });
    expect(one.remember(proof('key', 'a'), NOW_MS)).toBe('away');
    up = true;
    store.fail = true;
    expect(await one.remember(proof('key', 'b'), NOW_MS)).toBe('away');
    store.fail = false;
    expect(await one.remember(proof('key', 'c'), NOW_MS)).toBe('new');
  });

  it('goes by its own memory where it may be alone, and then too takes no proof twice', async () => {
    const store = memoryStore();
    const one = node(store, { isUp: () => false, mayBeAlone: (nowMs) => nowMs === NOW_MS });
    expect(one.remember(proof('key', 'a'), NOW_MS)).toBe('new');
    expect(one.remember(proof('key', 'a'), NOW_MS)).toBe('seen');
    expect(one.remember(proof('key', 'b'), NOW_MS + 1)).toBe('away');
  });

  it('refuses what the store has no room for, and what too many wait in front of', async () => {
    const store = memoryStore();
    const one = node(store, { maxRows: 2, maxWaiting: 1 });
    const waits = [0, 1].map(async (id) => one.remember(proof('key', `${id}`), NOW_MS));
    expect(one.remember(proof('key', '2'), NOW_MS)).toBe('full');
    await Promise.all(waits);
    expect(one.size).toBe(2);
    expect(one.remember(proof('key', '3'), NOW_MS)).toBe('full');
    const crowded = node(memoryStore(), { maxWaiting: 1 });
    const first = crowded.remember(proof('key', '0'), NOW_MS);
    const second = crowded.remember(proof('key', '1'), NOW_MS);
    expect(crowded.remember(proof('key', '2'), NOW_MS)).toBe('full');
    expect(await Promise.all([first, second])).toEqual(['new', 'new']);
  });

  it('lets no holder fill the queue in front of the store for others, with however many keys', async () => {
    const one = node(memoryStore(), { maxWaiting: 20 });
    const many = Array.from({ length: 10 }, (_, at) => one.remember(proof(`${at}`, 'a', 'greedy'), NOW_MS));
    // One is being asked about, two wait, which is a tenth, and the rest are refused at once.
    expect(many.filter((remembered) => remembered === 'full')).toHaveLength(7);
    expect(await one.remember(proof('other', 'a'), NOW_MS)).toBe('new');
    const settled = await Promise.all(many.map(async (remembered) => remembered));
    expect(settled.filter((remembered) => remembered === 'new')).toHaveLength(3);
    expect(await one.remember(proof('next', 'a', 'greedy'), NOW_MS)).toBe('new');
  });

  it('sweeps from the first proof on, a minute late, and goes by what the store then counts', async () => {
    tasks.length = 0;
    const store = memoryStore();
    const one = node(store, { maxRows: 2 });
    expect(tasks).toHaveLength(0);
    await Promise.all([0, 1].map(async (id) => one.remember(proof('key', `${id}`), NOW_MS)));
    expect(one.remember(proof('key', '2'), NOW_MS)).toBe('full');
    tasks.shift()?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(store.swept).toEqual([NOW_MS - 60_000]);
    expect(one.size).toBe(0);
    expect(await one.remember(proof('key', '3'), NOW_MS)).toBe('new');
    expect(tasks).toHaveLength(1);
    one.close();
    expect(tasks).toHaveLength(0);
  });

  it('sweeps nothing more for as long as proofs live where the clock was set forward: it may be set back', async () => {
    tasks.length = 0;
    const store = memoryStore();
    let nowMs = NOW_MS;
    const one = node(store, { clock: { ...clock, nowMs: () => nowMs } });
    await one.remember(proof('key', 'a'), NOW_MS);
    const turn = async (afterMs: number): Promise<number | undefined> => {
      nowMs += afterMs;
      tasks.shift()?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
      return store.swept.at(-1);
    };
    expect(await turn(15_000)).toBe(NOW_MS - 45_000);
    // Proofs live for 90 seconds here.
    for (let at = 0; at < 6; at++) expect(await turn(at === 0 ? 3_600_000 : 15_000)).toBe(NOW_MS - 45_000);
    expect(await turn(15_000)).toBe(nowMs - 60_000);
    one.close();
  });
});
