import { afterEach, expect, test, vi } from 'vitest';
import { bracketedNames, followBrackets } from './follow-brackets.ts';
import { ANYWHERE, TextPlace } from './text-place.ts';

afterEach(() => vi.restoreAllMocks());

test.each([
  ['a', ['a']],
  ['a[b][]', ['a', 'b']],
  ['[a]]b[[c', ['a', 'b', 'c']],
  ['[][', ['[][']],
  ['', ['']],
])('%j has the names %j', (name, expected) => {
  expect(bracketedNames(name)).toEqual(expected);
});

test('no more names are made than are asked for', () => {
  expect(bracketedNames('a[b][c][d]', 2)).toEqual(['a', 'b']);
});

test('where nothing is known of what is below, no name between brackets is followed', () => {
  const steps = vi.spyOn(TextPlace.prototype, 'below');
  expect(followBrackets(ANYWHERE, `a${'[b]'.repeat(4_000)}`)).toBe(ANYWHERE);
  expect(steps).not.toHaveBeenCalled();
});
