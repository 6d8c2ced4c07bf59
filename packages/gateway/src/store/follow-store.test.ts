import { expect, it } from 'vitest';
import { TestClock } from '../identity/testing/key-server.ts';
import { followStore, type StoreFollower } from './follow-store.ts';
import { StoreError } from './store-error.ts';

const POLL_MS = 250;
const FLUSH_MS = 5000;
const GRACE_MS = 1000;

interface FollowedStore {
  readonly follower: StoreFollower;
  readonly clock: TestClock;
  /** What the store was asked, in order. */
  readonly asked: string[];
  /** What was told of it. */
  readonly told: string[];
  readonly written: ReadonlyMap<string, number>[];
  /** What it refuses with; null where it answers. */
  failure: Error | null;
  usesFailure: Error | null;
  /** Happens while uses are written. */
  meanwhile: () => void;
  /** What it waits for before it answers. */
  hold: Promise<void>;
  /** The store tells of a change. */
  tell: () => void;
}

/** A follower of a store in memory, in a process that has just begun. */
function follow(): FollowedStore {
  const clock = new TestClock();
  const beganMs = clock.steadyMs();
  const answer = async (question: string): Promise<void> => {
    state.asked.push(question);
    await state.hold;
    if (state.failure !== null) throw state.failure;
  };
  const store = {
    open: () => answer('open'),
    onChange: (listener: () => void) => void (state.tell = listener),
    close: async () => void state.asked.push('close'),
  };
  const follower = followStore(store, {
    clock: {
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs() - beganMs,
      schedule: (delayMs, task) => clock.schedule(delayMs, task),
    },
    graceMs: GRACE_MS,
    read: () => answer('read'),
    async recordUses(uses) {
      state.asked.push('uses');
      state.meanwhile();
      if (state.usesFailure !== null) throw state.usesFailure;
      state.written.push(uses);
    },
    onState: (up, reason) => state.told.push(up ? 'up' : reason),
    onUses: (written, reason) => state.told.push(written ? 'written' : `not written: ${reason}`),
  });
  const state: FollowedStore = {
    follower,
    clock,
    asked: [],
    told: [],
    written: [],
    failure: null,
    usesFailure: null,
    meanwhile: () => undefined,
    hold: Promise.resolve(),
    tell: () => undefined,
  };
  return state;
}

/** Lets what was begun come to its end. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const AWAY = new StoreError('unavailable', 'away');

async function passes(followed: FollowedStore, ms: number): Promise<void> {
  followed.clock.advance(ms);
  await settle();
}

async function following(): Promise<FollowedStore> {
  const followed = follow();
  await followed.follower.open();
  followed.follower.start();
  await settle();
  followed.asked.length = 0;
  return followed;
}

it('is not trusted before it was read once, however young the process is', async () => {
  const followed = follow();
  followed.failure = AWAY;
  await followed.follower.open();
  followed.follower.start();
  await settle();
  await passes(followed, POLL_MS);
  expect([followed.follower.isTrusted(), followed.asked]).toEqual([false, ['open', 'open', 'open']]);
  followed.failure = null;
  await passes(followed, POLL_MS);
  expect([followed.follower.isTrusted(), followed.asked.slice(3)]).toEqual([true, ['open', 'read']]);
  expect(followed.told).toEqual(['away', 'up']);
});

it('opening rejects for what does not heal by itself', async () => {
  const followed = follow();
  followed.failure = new StoreError('key', 'another key');
  await expect(followed.follower.open()).rejects.toBe(followed.failure);
  followed.failure = new TypeError('broken');
  await expect(followed.follower.open()).rejects.toBe(followed.failure);
  expect(followed.follower.isTrusted()).toBe(false);
});

it('opens the store once, and does not read what it follows already', async () => {
  const followed = follow();
  await followed.follower.open();
  expect(followed.asked).toEqual(['open', 'read']);
  followed.follower.start();
  followed.follower.start();
  await settle();
  expect(followed.asked).toEqual(['open', 'read', 'read']);
  await followed.follower.open();
  expect(followed.asked).toHaveLength(3);
  followed.follower.lost('away');
  await followed.follower.open();
  expect([followed.asked.slice(3), followed.told]).toEqual([['read'], ['up', 'away', 'up']]);
});

it('asks at once where the store tells of a change, and then again after a quarter of a second', async () => {
  const followed = await following();
  await passes(followed, POLL_MS - 1);
  expect(followed.asked).toEqual([]);
  followed.tell();
  await settle();
  expect(followed.asked).toEqual(['read']);
  await passes(followed, POLL_MS - 1);
  expect(followed.asked).toEqual(['read']);
  await passes(followed, 1);
  expect(followed.asked).toEqual(['read', 'read']);
});

it('asks one question at a time: changes that are told of meanwhile come to one more', async () => {
  const followed = await following();
  let release: () => void = () => undefined;
  followed.hold = new Promise((resolve) => (release = resolve));
  for (let time = 0; time < 3; time++) followed.tell();
  await settle();
  expect(followed.asked).toEqual(['read']);
  followed.hold = Promise.resolve();
  release();
  await settle();
  expect(followed.asked).toEqual(['read', 'read']);
});

it('is trusted for the grace since the store answered last, and not a moment longer', async () => {
  const followed = await following();
  await passes(followed, POLL_MS);
  followed.failure = AWAY;
  await passes(followed, POLL_MS);
  expect(followed.follower.up).toBe(false);
  await passes(followed, GRACE_MS - POLL_MS);
  expect(followed.follower.isTrusted()).toBe(true);
  await passes(followed, 1);
  expect(followed.follower.isTrusted()).toBe(false);
});

it('a store that does not answer for two seconds is away, until it does', async () => {
  const followed = await following();
  let release: () => void = () => undefined;
  followed.hold = new Promise((resolve) => (release = resolve));
  await passes(followed, POLL_MS);
  await passes(followed, 1999);
  expect([followed.follower.up, followed.follower.isTrusted()]).toEqual([true, true]);
  await passes(followed, 1);
  expect(followed.follower.up).toBe(false);
  release();
  await settle();
  expect([followed.follower.up, followed.told]).toEqual([true, ['up', 'the store does not answer', 'up']]);
});

it('keeps no use before it is started, and writes uses every five seconds while the store is there', async () => {
  const followed = follow();
  await followed.follower.open();
  expect(followed.follower.noteUse('a', 1)).toBe(false);
  followed.follower.start();
  await settle();
  expect(followed.follower.noteUse('a', 2)).toBe(true);
  await passes(followed, FLUSH_MS - 1);
  expect(followed.written).toEqual([]);
  await passes(followed, 1);
  expect(followed.written).toEqual([new Map([['a', 2]])]);
  await passes(followed, FLUSH_MS);
  expect(followed.written).toHaveLength(1);
  followed.follower.noteUse('b', 3);
  followed.follower.lost('away');
  followed.failure = AWAY;
  await passes(followed, FLUSH_MS);
  expect(followed.written).toHaveLength(1);
});

it('tells of uses that are not taken twice in a row, once, and writes the latest of each when they are', async () => {
  const followed = await following();
  followed.usesFailure = new Error('read only');
  followed.follower.noteUse('a', 1);
  followed.follower.noteUse('b', 1);
  await passes(followed, FLUSH_MS);
  expect(followed.told).toEqual(['up']);
  followed.follower.noteUse('a', 2);
  for (let time = 0; time < 2; time++) await passes(followed, FLUSH_MS);
  expect(followed.told).toEqual(['up', 'not written: read only']);
  followed.usesFailure = null;
  await passes(followed, FLUSH_MS);
  expect(followed.told).toEqual(['up', 'not written: read only', 'written']);
  expect(followed.written.map((uses) => Object.fromEntries(uses))).toEqual([{ a: 2, b: 1 }]);
  followed.usesFailure = new Error('full');
  followed.follower.noteUse('a', 3);
  await passes(followed, FLUSH_MS);
  expect(followed.told).toHaveLength(3);
  await passes(followed, FLUSH_MS);
  followed.usesFailure = null;
  await passes(followed, FLUSH_MS);
  expect(followed.told.slice(3)).toEqual(['not written: full', 'written']);
});

it('keeps what is noted while a write fails before what that was to write', async () => {
  const followed = await following();
  followed.usesFailure = AWAY;
  for (const id of ['a', 'b']) followed.follower.noteUse(id, 1);
  followed.meanwhile = () => {
    followed.follower.noteUse('a', 2);
    for (let index = 0; index < 99_999; index++) followed.follower.noteUse(`key-${index}`, 2);
  };
  await passes(followed, FLUSH_MS);
  followed.usesFailure = null;
  followed.meanwhile = () => undefined;
  await passes(followed, FLUSH_MS);
  const [written] = followed.written;
  expect([written?.size, written?.get('a'), written?.has('b')]).toEqual([100_000, 2, false]);
});

it('keeps a hundred thousand uses and no more, but later times of those', async () => {
  const { follower } = await following();
  for (let index = 0; index < 100_000; index++) expect(follower.noteUse(`key-${index}`, 1)).toBe(true);
  expect([follower.noteUse('one more', 1), follower.noteUse('key-7', 2)]).toEqual([false, true]);
});

it('writes what is left when it is closed, once, and asks nothing after that', async () => {
  const followed = await following();
  followed.follower.noteUse('a', 1);
  await followed.follower.close();
  await followed.follower.close();
  expect(followed.asked).toEqual(['uses', 'close']);
  followed.tell();
  followed.follower.start();
  await passes(followed, FLUSH_MS);
  expect([followed.asked, followed.clock.nextMs]).toEqual([['uses', 'close'], null]);
});

it.each([1, 2])(
  'lets the question under way end before the store is closed, and asks no other (%i)',
  async (changes) => {
    const followed = await following();
    let release: () => void = () => undefined;
    followed.hold = new Promise((resolve) => (release = resolve));
    for (let change = 0; change < changes; change++) followed.tell();
    const closed = followed.follower.close();
    await settle();
    expect(followed.asked).toEqual(['read']);
    release();
    await closed;
    await settle();
    expect([followed.asked, followed.clock.nextMs]).toEqual([['read', 'close'], null]);
  },
);

it('asks when it is told of a change before it is started, and not from time to time', async () => {
  const followed = follow();
  await followed.follower.open();
  followed.tell();
  await settle();
  expect([followed.asked, followed.clock.nextMs]).toEqual([['open', 'read', 'read'], null]);
});

it('begins nothing after it was closed', async () => {
  const { follower, asked, clock } = follow();
  await follower.close();
  follower.start();
  await settle();
  expect([follower.started, asked, clock.nextMs]).toEqual([false, ['close'], null]);
});
