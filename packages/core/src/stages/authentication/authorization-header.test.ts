import { describe, expect, test } from 'vitest';
import { parseBasic } from './authorization-header.ts';

/** Base64 of the UTF-8 of a text. */
const encode = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

describe('parseBasic', () => {
  test.each([
    ['b', ''],
    ['bob', 'a:b:c'],
    ['zo\u00eb', 'p\u00e4ss\u{1f511}'],
    ['\ufeffbob', 'secret'],
    ['u'.repeat(255), 'p'.repeat(1024)],
  ])('reads the user %j', (user, password) => {
    expect(parseBasic(encode(`${user}:${password}`))).toEqual({ user, password });
  });

  test.each([
    ['characters of another alphabet', '***='],
    ['a character of another alphabet before it', '!Yjo'],
    ['characters that URLs take', 'Yjo_'],
    ['one character beyond a group', `${encode('bob:abcde')}A`],
    ['padding that is too short', 'Yjp4eQ='],
    ['padding that is too long', 'Yjo====='],
    ['a line break', `Yjp4\n${encode('yz')}`],
    ['a name of 256 characters', encode(`${'u'.repeat(256)}:p`)],
    ['a password of 1025 characters', encode(`u:${'p'.repeat(1025)}`)],
    ['more than 2048 characters', encode(`${'\u{1f511}'.repeat(127)}:${'\u{1f511}'.repeat(257)}`)],
  ])('refuses %s', (_, token) => {
    expect(parseBasic(token)).toBeNull();
  });
});
