import { expect, it } from 'vitest';
import { oncePer } from './once-per.ts';

it('makes one thing for each object, also where that is nothing', () => {
  const asked: object[] = [];
  const once = oncePer((key: { readonly value: string | undefined }) => {
    asked.push(key);
    return key.value;
  });
  const one = { value: 'one' };
  const none = { value: undefined };
  expect([once(one), once(none), once(one), once(none)]).toEqual(['one', undefined, 'one', undefined]);
  expect(once({ value: 'one' })).toBe('one');
  expect(asked).toHaveLength(3);
});

it('keeps nothing of what failed', () => {
  let fails = true;
  const once = oncePer<object, string>(() => {
    if (fails) throw new Error('not now');
    return 'made';
  });
  const key = {};
  expect(() => once(key)).toThrow('not now');
  fails = false;
  expect(once(key)).toBe('made');
});
