import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { RepeatedLines } from './repeated-lines.ts';

const refuseBreaks = (name: string, value: string): void => {
  if (/[\r\n]/.test(name + value)) throw new TypeError('a line break');
};

afterEach(() => void vi.useRealTimers());

it('law: a line is what its name and value say, whatever stood at its place before', () => {
  const header = fc.tuple(
    fc.nat(40),
    fc.constantFrom('A', 'B', 'Content-Type'),
    fc.constantFrom('1', '2', '', 'é', 'x'.repeat(300)),
  );
  fc.assert(
    fc.property(fc.array(header, { maxLength: 60 }), (headers) => {
      const lines = new RepeatedLines(refuseBreaks);
      for (const [place, name, value] of headers) expect(lines.line(place, name, value)).toBe(`${name}: ${value}\r\n`);
    }),
  );
});

it('asks of every line that is new, and of the same one again where it was refused', () => {
  const asked: string[] = [];
  const lines = new RepeatedLines((name, value) => {
    asked.push(`${name}=${value}`);
    refuseBreaks(name, value);
  });
  lines.line(0, 'A', '1');
  lines.line(0, 'A', '1');
  lines.line(0, 'A', '1');
  expect(asked).toEqual(['A=1']);
  for (let i = 0; i < 3; i++) expect(() => lines.line(0, 'A', '1\r\nB: 2')).toThrow(TypeError);
  expect(() => lines.line(0, 'A: 1\r\nB', '1')).toThrow(TypeError);
  expect(asked).toHaveLength(5);
  expect(lines.line(0, 'A', '1')).toBe('A: 1\r\n');
});

it('forgets what it keeps a few seconds later, that of later heads too', () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  const lines = new RepeatedLines((_name, value) => void asked.push(value));
  for (const value of ['one', 'two']) {
    lines.line(0, 'Authorization', value);
    vi.advanceTimersByTime(5_000);
    lines.line(0, 'Authorization', value);
    vi.advanceTimersByTime(5_000);
    lines.line(0, 'Authorization', value);
    vi.advanceTimersByTime(10_000);
  }
  expect(asked).toEqual(['one', 'one', 'two', 'two']);
  expect(vi.getTimerCount()).toBe(0);
});
