import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseRate, parseSize, renderDuration, renderSize } from './units.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['15m', 900_000],
    ['15min', 900_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0s', 0],
    ['007s', 7_000],
  ])('reads %s', (text, value) => {
    expect(parseDuration(text)).toEqual({ ok: true, value });
  });

  it.each([
    '',
    '10',
    '-1s',
    '1.5s',
    '1h30m',
    '10 s',
    's',
    '10S',
    '10 seconds',
    '1e3s',
    '٣s',
    '10s\n',
    '10constructor',
    '999999999999999d',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toMatchObject({ ok: false });
  });

  it('says of a bare number that the unit is missing', () => {
    expect(parseDuration('10')).toMatchObject({ message: 'expected a duration with its unit' });
  });
});

describe('parseSize', () => {
  it.each([
    ['0B', 0],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['10MB', 10_000_000],
    ['1kB', 1_000],
    ['1KB', 1_000],
    ['1GiB', 2 ** 30],
  ])('reads %s', (text, value) => {
    expect(parseSize(text)).toEqual({ ok: true, value });
  });

  it.each(['1024', '16K', '16Mi', '1mb', '-1B', '1.5MiB', '1 MiB', 'MiB', '999999999999999GiB', '1toString'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toMatchObject({ ok: false });
    },
  );
});

describe('parseRate', () => {
  it.each([
    ['50/s', 50, 1_000],
    ['5/min', 5, 60_000],
    ['5/m', 5, 60_000],
    ['1000/h', 1000, 3_600_000],
    ['10/15m', 10, 900_000],
    ['1/500ms', 1, 500],
  ])('reads %s', (text, amount, windowMs) => {
    expect(parseRate(text)).toEqual({ ok: true, value: { amount, windowMs } });
  });

  it.each(['50', '0/s', '5/0s', '-5/s', '5/', '/s', '5/fortnight', '5 / s', '0.5/s', '5/999999999999999d', '5/s/s'])(
    'refuses %j',
    (text) => {
      expect(parseRate(text)).toMatchObject({ ok: false });
    },
  );
});

describe('laws of units', () => {
  it('rendered_durations_and_sizes_read_back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (value) => {
        expect(parseDuration(renderDuration(value))).toEqual({ ok: true, value });
        expect(parseSize(renderSize(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('no_message_repeats_the_text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (text) => {
        for (const parse of [parseDuration, parseSize, parseRate]) {
          const parsed = parse(text);
          if (!parsed.ok) expect(parsed.message + parsed.hint).not.toContain(text);
        }
      }),
    );
  });
});
