import { afterEach, expect, test, vi } from 'vitest';
import { decodeEntities } from './decode-entities.ts';

afterEach(() => vi.restoreAllMocks());

test.each([
  ['&lt;a&gt;', '<a>'],
  ['&LT&gt&quot&amp', '<>"&'],
  ['&lt&lt;', '<<'],
  ['&&lt;', '&<'],
  ['&colon;&colon', ':&colon'],
  ['&newline;', '\n'],
  ['&order;&a;&;&', '&order;&a;&;&'],
  ['&ltlt;', '&ltlt;'],
])('%j is read as %j', (text, expected) => {
  expect(decodeEntities(text)).toBe(expected);
});

test.each(['&', '&a;', '&a', '&order=', '&;'])('of many %j no name is made into a text', (unit) => {
  const made = vi.spyOn(String.prototype, 'toLowerCase');
  decodeEntities(unit.repeat(4_000));
  expect(made).not.toHaveBeenCalled();
});
