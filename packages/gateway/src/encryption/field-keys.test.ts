import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../identity/testing/key-server.ts';
import type { WrappedKey } from './data-key-file.ts';
import { createFieldKeys, type FieldKeys, type FieldKeysOptions } from './field-keys.ts';
import { type KeyWrapper, KeyWrapperError } from './key-wrapper.ts';

const HELD = { renewMs: 100_000, keepMs: 1_000_000, uses: 10 };
const PLACE = { field: 'ssn', record: null };
const wrapped = (version: number, activeFromMs = 0): WrappedKey => ({
  name: 'k1',
  version,
  activeFromMs,
  wrapped: `w${version}`,
});

/** Somebody who unwraps, and whom a test can make say no or nothing. */
function wrapperOf() {
  const state = {
    says: 'yes' as 'yes' | 'refused' | 'unavailable' | 'fault',
    tells: () => `it says ${state.says}`,
    asked: 0,
    underWay: 0,
    most: 0,
  };
  const wrapper: KeyWrapper = {
    name: 'somebody',
    make: () => Promise.reject(new Error('not here')),
    rewrap: () => Promise.reject(new Error('not here')),
    async unwrap({ wrapped: _wrapped, ...rest }) {
      state.asked++;
      state.most = Math.max(state.most, ++state.underWay);
      await Promise.resolve();
      state.underWay--;
      if (state.says === 'fault') throw new TypeError('broken');
      if (state.says !== 'yes') throw new KeyWrapperError(state.says, state.tells());
      return { ...rest, key: createSecretKey(Buffer.alloc(32, rest.version)) };
    },
    close: () => undefined,
  };
  return { state, wrapper };
}

async function open(file: readonly WrappedKey[], options: Partial<FieldKeysOptions> = {}) {
  const clock = new TestClock();
  const { state, wrapper } = wrapperOf();
  const told: string[] = [];
  const keys = createFieldKeys(file, wrapper, {
    clock,
    held: HELD,
    tell: (level, message, detail) => told.push(`${level} ${message} ${detail}`),
    ...options,
  });
  await keys.open(false);
  keys.start();
  return { clock, state, keys, told, wrapper };
}
/** Lets what is under way come to its end: nothing in these tests waits for more than promises. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const seal = (keys: FieldKeys, clock: TestClock): string => keys.cipher.seal('"1"', PLACE, clock.nowMs());

describe('createFieldKeys', () => {
  it('asks for a key again after four fifths of its time, and never for all at once', async () => {
    const { clock, state, keys } = await open(Array.from({ length: 20 }, (_, index) => wrapped(index + 1)));
    expect([state.asked, state.most]).toEqual([20, 4]);
    clock.advance(HELD.renewMs * 0.8 - 1);
    await settle();
    expect(state.asked).toBe(20);
    clock.advance(1);
    await settle();
    expect(state.asked).toBe(40);
    expect(keys.cipher.canSeal(clock.nowMs())).toBe(true);
  });

  it('law: with nobody to ask, nothing is written past renew or uses, and nothing read past keep', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400_000), { maxLength: 12 }), fc.nat(12), async (steps, writes) => {
        const { clock, state, keys } = await open([wrapped(1)]);
        const sealed = seal(keys, clock);
        const openedAtMs = clock.nowMs();
        state.says = 'unavailable';
        let used = 1;
        for (const step of steps) {
          clock.advance(step);
          await settle();
          const ageMs = clock.nowMs() - openedAtMs;
          for (let i = 0; i < writes && keys.cipher.canSeal(clock.nowMs()); i++, used++) seal(keys, clock);
          expect(keys.cipher.canSeal(clock.nowMs())).toBe(ageMs < HELD.renewMs && used < HELD.uses);
          const opened = keys.cipher.open(sealed, PLACE);
          expect(opened).toEqual(
            ageMs < HELD.renewMs + HELD.keepMs ? { ok: true, text: '"1"' } : { ok: false, reason: 'key-unavailable' },
          );
        }
        keys.close();
      }),
    );
  });

  it('takes a fault for no answer: what is held goes on, it is told, and asked again', async () => {
    const { clock, state, keys, told } = await open([wrapped(1)]);
    state.says = 'fault';
    clock.advance(HELD.renewMs * 0.8);
    await settle();
    expect(keys.cipher.canSeal(clock.nowMs())).toBe(true);
    state.says = 'yes';
    clock.advance(1_000);
    await settle();
    expect(told).toEqual([
      'warn the data keys of fields cannot be unwrapped; those at hand are used while they may be somebody: broken',
      'info the data keys of fields can be unwrapped again somebody',
    ]);
  });

  it('asks again after 1, 2, 4 … seconds and at most a minute while nobody answers, and of many keys for a few only', async () => {
    const { clock, state } = await open(Array.from({ length: 20 }, (_, index) => wrapped(index + 1)));
    state.says = 'unavailable';
    clock.advance(HELD.renewMs * 0.8);
    await settle();
    for (const delayMs of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      const { asked } = state;
      clock.advance(delayMs - 1);
      await settle();
      expect(state.asked).toBe(asked);
      clock.advance(1);
      await settle();
      expect(state.asked - asked).toBeGreaterThan(0);
      expect(state.asked - asked).toBeLessThanOrEqual(4);
    }
  });

  it('asks nobody any more once it is closed, in a round that is under way neither', async () => {
    const { clock, state, keys } = await open(Array.from({ length: 20 }, (_, index) => wrapped(index + 1)));
    clock.advance(HELD.renewMs * 0.8);
    keys.close();
    await settle();
    expect(state.asked).toBe(24);
    clock.advance(HELD.renewMs * 10);
    await settle();
    expect([state.asked, keys.cipher.canSeal(clock.nowMs())]).toEqual([24, false]);
  });

  it('asks at once for a key that grew too old at once, as in a machine that was suspended', async () => {
    for (const jumpMs of [HELD.renewMs, HELD.renewMs + HELD.keepMs]) {
      const { clock, state, keys, told } = await open([wrapped(1)]);
      const sealed = seal(keys, clock);
      clock.setForward(jumpMs);
      expect(keys.cipher.canSeal(clock.nowMs())).toBe(false);
      await settle();
      expect([keys.cipher.canSeal(clock.nowMs()), state.asked]).toEqual([true, 2]);
      clock.setForward(jumpMs);
      keys.cipher.open(sealed, PLACE);
      keys.cipher.canSeal(clock.nowMs());
      await settle();
      expect([keys.cipher.open(sealed, PLACE), state.asked]).toEqual([{ ok: true, text: '"1"' }, 3]);
      state.says = 'unavailable';
      clock.setForward(jumpMs);
      for (let i = 0; i < 5; i++) {
        keys.cipher.canSeal(clock.nowMs());
        await settle();
      }
      expect([state.asked, told.length]).toEqual([4, 1]);
      keys.close();
    }
  });

  it('holds a key for no longer where the clock is set back', async () => {
    const { clock, state, keys } = await open([wrapped(1)]);
    const sealed = seal(keys, clock);
    state.says = 'unavailable';
    clock.setBack(86_400_000);
    clock.advance(HELD.renewMs + HELD.keepMs);
    await settle();
    expect(keys.cipher.open(sealed, PLACE)).toEqual({ ok: false, reason: 'key-unavailable' });
  });

  it('goes on by itself once somebody answers again, and tells of each change once', async () => {
    const { clock, state, keys, told } = await open([wrapped(1)]);
    state.says = 'unavailable';
    clock.advance(HELD.renewMs);
    for (let i = 0; i < 5; i++) {
      await settle();
      clock.advance(60_000);
    }
    expect(keys.cipher.canSeal(clock.nowMs())).toBe(false);
    const asked = state.asked;
    expect(asked).toBeLessThan(10);
    state.says = 'yes';
    clock.advance(60_000);
    await settle();
    expect(keys.cipher.canSeal(clock.nowMs())).toBe(true);
    expect(told.map((line) => line.slice(0, line.indexOf(' ', 6)))).toEqual(['warn the', 'info the']);
  });

  it('tells of an outage once, whichever of several keys is asked for first, and of refused ones by name', async () => {
    const { clock, state, told } = await open([1, 2, 3, 4, 5, 6].map((version) => wrapped(version)));
    state.says = 'unavailable';
    state.tells = () => `no answer ${state.asked}`;
    clock.advance(HELD.renewMs);
    for (let i = 0; i < 5; i++) {
      await settle();
      clock.advance(60_000);
    }
    expect(told).toEqual([
      expect.stringMatching(/^warn the data keys of fields cannot be unwrapped; .* somebody: no answer \d+$/),
    ]);
    state.says = 'refused';
    state.tells = () => 'no';
    for (let i = 0; i < 5; i++) {
      await settle();
      clock.advance(60_000);
    }
    expect(told.slice(1)).toEqual([
      'error a data key of fields is refused, and used no longer somebody: k1.1, k1.2, k1.3, k1.4, k1.5, k1.6: no',
    ]);
  });

  it('indexes are made as long as their data key is held, the same after it was unwrapped again, and none without it', async () => {
    const { clock, state, keys } = await open([wrapped(1)], { indexKeys: ['k1.1'] });
    const made = keys.index?.indexesOf('a', 'ssn');
    clock.advance(HELD.renewMs * 0.8);
    await settle();
    expect([state.asked, keys.index?.indexesOf('a', 'ssn')]).toEqual([2, made]);
    state.says = 'refused';
    clock.advance(HELD.renewMs * 0.8);
    await settle();
    expect([keys.index?.canIndex(), keys.index?.indexesOf('a', 'ssn')]).toEqual([false, null]);
    expect((await open([wrapped(1)])).keys.index).toBeNull();
  });

  it('a key that is refused is used no longer, whatever its time', async () => {
    const { clock, state, keys, told } = await open([wrapped(1)]);
    const sealed = seal(keys, clock);
    state.says = 'refused';
    clock.advance(HELD.renewMs * 0.8);
    await settle();
    expect(keys.cipher.open(sealed, PLACE)).toEqual({ ok: false, reason: 'key-unavailable' });
    expect(keys.cipher.canSeal(clock.nowMs())).toBe(false);
    expect(() => seal(keys, clock)).toThrow('no data key');
    expect(told).toEqual(['error a data key of fields is refused, and used no longer somebody: k1.1: it says refused']);
    expect(keys.metrics()).toContain('sallyport_data_keys_missing 1\n');
  });

  it('asks early where many values are written, and for a key that there is none of says so', async () => {
    const { clock, state, keys } = await open([wrapped(1)]);
    for (let i = 0; i < 8; i++) seal(keys, clock);
    await settle();
    expect(state.asked).toBe(2);
    for (let i = 0; i < 8; i++)
      expect(keys.cipher.canSeal(clock.nowMs()) && seal(keys, clock)).toMatch(/^sp1\.k1\.1\./);
    expect(keys.cipher.open(seal(keys, clock).replace('k1.1', 'k1.7'), PLACE)).toEqual({
      ok: false,
      reason: 'key-unknown',
    });
  });

  it('never writes under the last key because the next one cannot be had', async () => {
    const before = await open([wrapped(1)]);
    const sealed = seal(before.keys, before.clock);
    const { state, wrapper } = wrapperOf();
    state.says = 'unavailable';
    const options = { clock: before.clock, held: HELD, carried: before.keys.carryOver() };
    const keys = createFieldKeys([wrapped(1), wrapped(2, 1)], wrapper, options);
    await keys.open(true);
    expect(keys.cipher.open(sealed, PLACE).ok).toBe(true);
    expect(keys.cipher.canSeal(before.clock.nowMs())).toBe(false);
    await expect(keys.open(false)).rejects.toThrow('k1.2 cannot be unwrapped by somebody: it says unavailable');
  });

  it('taking over makes no key younger, and takes none that was wrapped anew', async () => {
    const before = await open([wrapped(1)]);
    before.clock.advance(HELD.renewMs * 0.5);
    const { state, wrapper } = wrapperOf();
    state.says = 'unavailable';
    const options = { clock: before.clock, held: HELD, carried: before.keys.carryOver() };
    const keys = createFieldKeys([wrapped(1)], wrapper, options);
    before.clock.advance(HELD.renewMs * 0.5);
    expect(keys.cipher.canSeal(before.clock.nowMs())).toBe(false);
    const other = createFieldKeys([{ ...wrapped(1), wrapped: 'other' }], wrapper, options);
    expect(other.carryOver().size).toBe(0);
  });
});
