import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { keyLimitName, parseKeyLimit, parseKeyLimits, renderKeyLimit, type KeyLimit } from './key-limit.ts';
import { KEY_LIMIT, LIMIT_NAME } from './text-formats.ts';

const parsed = (text: string): KeyLimit => {
  const result = parseKeyLimit(text);
  if (!result.ok) throw new Error(result.message);
  return result.value;
};

describe('parseKeyLimit', () => {
  it.each([
    ['100/m', 'sliding-window', 100, 60_000, 100],
    ['100/min', 'sliding-window', 100, 60_000, 100],
    ['5000/1d fixed-window', 'fixed-window', 5000, 86_400_000, 5000],
    ['1/15m sliding-window', 'sliding-window', 1, 900_000, 1],
    ['50/s token-bucket', 'token-bucket', 50, 1000, 50],
    ['50/s burst 100', 'token-bucket', 50, 1000, 100],
    ['50/60s burst 7', 'token-bucket', 50, 60_000, 7],
  ])('reads %s', (text, algorithm, limit, windowMs, burst) => {
    expect(parsed(text)).toEqual({ algorithm, limit, windowMs, burst });
    expect(text).toMatch(new RegExp(KEY_LIMIT.pattern));
  });

  it.each([
    ['', /expected the limit/],
    ['100', /expected a rate/],
    ['0/m', /zero/],
    ['100/0m', /no time/],
    ['100/7s', /no window/],
    ['100/31d', /no window/],
    ['100/m leaky-bucket', /expected the limit/],
    ['100/m  fixed-window', /expected the limit/],
    ['100/m fixed-window burst 5', /expected the limit/],
    ['100/m burst 0', /expected the limit/],
    ['100/m burst 1000000001', /so high/],
    ['1000000001/d', /so high/],
    ['1000001/s', /so high/],
    [`${'1'.repeat(100)}/m`, /expected the limit/],
  ])('refuses %j', (text, said) => {
    const result = parseKeyLimit(text);
    expect(result.ok ? '' : result.message).toMatch(said);
  });

  it('a_limit_is_read_back_as_it_was_rendered', () => {
    const limit = fc.record({
      algorithm: fc.constantFrom('fixed-window' as const, 'sliding-window' as const, 'token-bucket' as const),
      limit: fc.integer({ min: 1, max: 1_000_000 }),
      windowMs: fc.constantFrom(1000, 30_000, 60_000, 900_000, 3_600_000, 86_400_000, 30 * 86_400_000),
      burst: fc.integer({ min: 1, max: 1_000_000_000 }),
    });
    fc.assert(
      fc.property(limit, (one) => {
        const whole = one.algorithm === 'token-bucket' ? one : { ...one, burst: one.limit };
        expect(parsed(renderKeyLimit(whole))).toEqual(whole);
        expect(renderKeyLimit(parsed(renderKeyLimit(whole)))).toBe(renderKeyLimit(whole));
      }),
    );
  });

  it('names a limit as no limit of a policy can be called', () => {
    expect(keyLimitName(60_000)).toBe('@key-1m');
    expect(keyLimitName(60_000)).not.toMatch(new RegExp(LIMIT_NAME.pattern));
  });
});

describe('parseKeyLimits', () => {
  it('gives them with the shortest window first', () => {
    const result = parseKeyLimits(['1000/d', '5/s', '100/m']);
    expect(result.ok ? result.value.map(renderKeyLimit) : null).toEqual(['5/s', '100/m', '1000/d']);
    expect(parseKeyLimits([])).toEqual({ ok: true, value: [] });
  });

  it.each([
    [['100/m', '50/60s fixed-window'], /one window/],
    [['1/s', '1/m', '1/h', '1/d', '1/7d'], /at most 4/],
    [['1/s', 'x'], /expected a rate/],
  ])('refuses %j', (texts, said) => {
    const result = parseKeyLimits(texts);
    expect(result.ok ? '' : result.message).toMatch(said);
  });
});
