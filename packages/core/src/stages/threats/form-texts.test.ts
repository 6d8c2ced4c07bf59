import { expect, test } from 'vitest';
import { visitForm } from './form-texts.ts';
import { ANYWHERE } from './text-place.ts';

test('a field is told by no more than 64 of its names, and no more than 64 characters of each', () => {
  const told: (readonly string[])[] = [];
  const locate = (path: readonly string[]) => {
    told.push(path);
    return { in: 'body', name: null, tokens: () => path } as const;
  };
  const form = `o${'[a]'.repeat(1_000)}=x&${'n'.repeat(1_000)}=x`;
  visitForm(form, ANYWHERE, { enforced: true, hasUris: false }, new Map(), locate, () => undefined);
  expect(told.filter((path) => path.length > 0)).toEqual([['o', ...Array<string>(63).fill('a')], ['n'.repeat(64)]]);
});

test.each([
  ['a', ['a=', 'a', 'x']],
  ['a[b]', ['a[b]=', 'a[b]', 'a:', 'a', 'b:', 'b', 'x']],
  ['[[', ['[[=', '[[', '[[:', 'x']],
  ['a[b][a][][b]', ['a[b][a][][b]=', 'a[b][a][][b]', 'a:', 'a', 'b:', 'b', 'x']],
])('of the field %s each text is given once', (name, expected) => {
  const given: string[] = [];
  const locate = () => ({ in: 'body', name: null, tokens: () => [] }) as const;
  visitForm(`${name}=x`, ANYWHERE, { enforced: true, hasUris: false }, new Map(), locate, (text) => {
    given.push(text);
  });
  expect(given).toEqual(expected);
});
