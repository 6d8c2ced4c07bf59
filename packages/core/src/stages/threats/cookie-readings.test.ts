import { expect, test } from 'vitest';
import { cookieReadings } from './cookie-readings.ts';
import { operationWith } from './testing/operation-under-test.ts';

const ATTACK = "x' or '7'='7";
const octal = (text: string): string =>
  text.replace(/[^\w ]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
const text = { type: 'string' };
const found = operationWith({
  parameters: [
    { name: 'declared', in: 'cookie', schema: text },
    { name: 'page', in: 'cookie', schema: { ...text, format: 'url' } },
    { name: 'prefs', in: 'cookie', schema: { type: 'object', properties: { member: text } } },
  ],
});

test('a value in quotes is what stands between them, with and without its escapes', () => {
  expect(cookieReadings(String.raw`"a\047\"\%41"`)).toEqual([
    String.raw`"a\047\"\A"`,
    String.raw`a\047\"\%41`,
    String.raw`a\047\"\A`,
    `a'"%41`,
    `a'"A`,
  ]);
});

test.each(['a', 'a%20b', '"', '"a', 'a"', ''])('%j without quotes around it is one text', (raw) => {
  expect(cookieReadings(raw)).toEqual([decodeURIComponent(raw)]);
});

test.each(['declared', 'member', 'other'])('an attack in quotes and escapes is found (%s)', (name) => {
  expect(found({ cookie: `${name}="${octal(ATTACK)}"` })).toBe('sql');
  expect(found({ cookie: `${name}="${Array.from('<script>f()</script>', (sign) => `\\${sign}`).join('')}"` })).toBe(
    'markup',
  );
  expect(found({ cookie: `${name}="http://169.254.169.254/"` })).toBe('ssrf');
});

test('a declared URI in quotes is judged by where it leads', () => {
  expect(found({ cookie: 'page="http://10.0.0.1/"' })).toBe('ssrf');
  expect(found({ cookie: `page="${octal('http://10.0.0.1/')}"` })).toBe('ssrf');
  expect(found({ cookie: 'page="https://example.com/"' })).toBe('null');
});

test('JSON is looked into as it came too: a quote that is percent-encoded closes nothing for whoever leaves it', () => {
  expect(found({ cookie: 'other={"a":"%22","b":"1 or 7=7"}' })).toBe('sql');
});

test.each(["O'Brien", '"O\'Brien"', String.raw`"a \"note\" of hers"`, '"dark-mode"', '{"theme":"dark%20blue"}'])(
  'nothing is found in %s',
  (raw) => {
    for (const name of ['declared', 'member', 'other']) expect(found({ cookie: `${name}=${raw}` })).toBe('null');
  },
);
