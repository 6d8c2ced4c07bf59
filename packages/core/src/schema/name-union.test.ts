import { expect, test } from 'vitest';
import { eachName, joinNames, type NameUnion, namesAmong, namesOf, NO_NAMES } from './name-union.ts';

test('what adds no name shares the names of what it is made of', () => {
  const names = namesOf(['a']);
  expect(joinNames([NO_NAMES, names, names])).toBe(names);
  expect(joinNames([NO_NAMES])).toBe(NO_NAMES);
  expect(namesOf([])).toBe(NO_NAMES);
});

test('names joined in a thousand layers, each twice, are gone through once', () => {
  let union: NameUnion = namesOf(['start']);
  for (let i = 0; i < 1_000; i++) {
    const left = joinNames([union, namesOf([`left${i}`])]);
    const right = joinNames([union, namesOf([`right${i}`])]);
    union = joinNames([left, right]);
  }
  const all = [...eachName(union)];
  expect(all).toHaveLength(2_001);
  expect(new Set(all).size).toBe(2_001);
});

test('names are looked for until all are found', () => {
  const late: NameUnion = {
    get own(): readonly string[] {
      throw new Error('looked too far');
    },
    others: [],
  };
  const union = joinNames([namesOf(['a', 'b']), late]);
  expect([...namesAmong(union, new Set(['b']))]).toEqual(['b']);
  expect(namesAmong(union, new Set()).size).toBe(0);
  expect([...namesAmong(joinNames([namesOf(['a']), namesOf(['c'])]), new Set(['b', 'c']))]).toEqual(['c']);
});
