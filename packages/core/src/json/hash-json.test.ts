import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashJson } from './hash-json.ts';
import { isSameJson } from './same-json.ts';

/** The members of every object the other way round. */
function turned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === 0 ? -0 : value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}

test('law: the same JSON has the same number', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const other = turned(value);
      expect([isSameJson(value, other), hashJson(other)]).toEqual([true, hashJson(value)]);
    }),
  );
});

test('values that differ in one place only have numbers of their own', () => {
  const values: unknown[] = [null, true, false, '', [], {}, [[]], [{}], { a: [] }, { a: {} }, ['', ''], [['', '']]];
  for (let i = 0; i < 20_000; i++)
    values.push(i, `${i}`, [i], [[i]], { a: i }, { [i]: 1 }, [1, i], [i, 1, 1], i + 0.25);
  expect(new Set(values.map(hashJson)).size).toBeGreaterThan(values.length - 20);
});
