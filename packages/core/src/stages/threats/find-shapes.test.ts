import { afterEach, expect, test, vi } from 'vitest';
import { findShapes, findXmlShapes } from './find-shapes.ts';
import { SEPARATED_SHAPES } from './shapes/command-shapes.ts';
import { Trials } from './shapes/trials.ts';
import { surveyText } from './survey.ts';
import { ThreatCollector } from './threat.ts';

const ROUNDS = 4_000;

/** The categories found in a text. */
function found(text: string): readonly string[] {
  const threats = new ThreatCollector();
  findShapes(text, surveyText(text), threats);
  return threats.threats().map(({ category }) => category);
}

afterEach(() => vi.restoreAllMocks());

// Each of these took from ten to forty runs a repetition, and words in an expression of a template one that read 160 characters back.
test.each([
  ['', '${{', 3],
  ['', ')', 1],
  ['', '{{', 2],
  ['', '[[', 1],
  ['', '*)(|', 2],
  ['', '||', 1],
  ['', '$(', 1],
  ['{{', 't ', 0],
  ['{{', ' t(java ', 0],
  ['', '; cat x |', 4],
  ['', '$(id) ', 0],
  ['', '`;;;;;;;;;;;;;;;;;;;;;;;du ', 3],
  ['', '\n \r\n id', 3],
])('a text of %j and many %j runs at most %d patterns for each of them', (before, unit, most) => {
  const runs = vi.spyOn(RegExp.prototype, 'test');
  found(before + unit.repeat(ROUNDS));
  expect(runs.mock.calls.length).toBeLessThanOrEqual(ROUNDS * most + 200);
});

test.each([
  ['{{', 160, '', true],
  ['{{', 161, '', false],
  ['$!{', 160, '', true],
  ['<%', 12, '', true],
  ['{%', 12, '', true],
  ['!{', 12, '', false],
  ['{{', 12, '}', false],
  ['{{', 12, '}%{', true],
])('behind %j, %d signs and %j a class of Java is in a template: %j', (opening, signs, more, expected) => {
  expect(
    found(`${opening}${'.'.repeat(signs - (more === '' ? 0 : more.length))}${more}java.`).includes('template'),
  ).toBe(expected);
});

test.each([
  ['a ;;id', true],
  ['a ;;"id', true],
  ['a ;;;id', true],
  ['a ;"(id', false],
  [`a ;${' '.repeat(16)}id`, true],
  [`a ;${' '.repeat(17)}id`, false],
  ['8.8.8.8\nid', true],
  ['8.8.8.8\n id', true],
  ['8.8.8.8\r\n \t\r\n\tid', true],
  ['8.8.8.8\n ping evil.example', true],
  ['<th>\n  Id</th>', false],
  ['<th>\n  Date</th>', false],
  ['no single word\n id', false],
  ['1 or more\n sleep 5', true],
  ['1 or more\n I sleep 5', false],
])('%j is a command behind a separator: %j', (text, expected) => {
  expect(found(text).includes('command')).toBe(expected);
});

/** Whether one of the patterns matches anywhere. */
function matches(text: string): boolean {
  return SEPARATED_SHAPES.some(({ pattern }) =>
    Array.from(text).some((_, at) => {
      pattern.lastIndex = at;
      return pattern.test(text);
    }),
  );
}

test('a program is a command behind a separator wherever a pattern says so, and nowhere else', () => {
  const blanks = [0, 1, 2, 8, 15, 16, 17].map((count) => ' '.repeat(count));
  const wrong: string[] = [];
  let commands = 0;
  for (const separator of [';', '|', '&', '||', '&&', ';;', '|&', ';|', '&|', '|||'])
    for (const sign of ['', '"', "'", '(', '"('])
      for (const before of blanks)
        for (const behind of sign === '' ? [''] : blanks)
          for (const command of ['id', 'ls |', 'cat |', 'sleep 5', 'du a'])
            for (const start of ['a', 'a ']) {
              const text = `${start}${separator}${before}${sign}${behind}${command}`;
              const expected = matches(text);
              if (expected) commands += 1;
              if (found(text).includes('command') !== expected) wrong.push(text);
            }
  expect(wrong).toEqual([]);
  expect(commands).toBeGreaterThan(1_000);
});

test.each([
  ['<!doctype a [', ['xml']],
  ['${jndi:ldap://a}', ['lookup']],
  ['o:4:"a":1:{', ['deserialization']],
  ['; cat /etc/passwd | sh', []],
  ["' union select a from b --", []],
])('of what XML itself can do %j is %j', (text, expected) => {
  const threats = new ThreatCollector();
  findXmlShapes(text, surveyText(text), threats);
  expect(threats.threats().map(({ category }) => category)).toEqual(expected);
});

test('no pattern of another category is tried on a text of XML as a whole', () => {
  const text = '; cat x |'.repeat(ROUNDS);
  const runs = vi.spyOn(RegExp.prototype, 'test');
  findXmlShapes(text, surveyText(text), new ThreatCollector());
  expect(runs).not.toHaveBeenCalled();
});

test.each(['[', '&', '"', ')', '{'])('what stands behind each of many %j is looked at once', (sign) => {
  const looks = vi.spyOn(Trials.prototype, 'candidates');
  found(sign.repeat(ROUNDS));
  expect(looks.mock.calls.length).toBeLessThan(50);
});

test.each([
  ['<', '!entity a', 'xml'],
  ['$', '{jndi:ldap://a}', 'lookup'],
])('what stands behind the last of many %j is found: %j', (sign, behind, category) => {
  expect(found(sign.repeat(20) + behind)).toContain(category);
});
