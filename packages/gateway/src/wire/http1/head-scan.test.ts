import { expect, it } from 'vitest';
import fc from 'fast-check';
import { HeadScan } from './head-scan.ts';

const scan = new HeadScan();
const END = '\r\n\r\n';
/** Whether a head of this text, which holds no empty line, is clean. */
const clean = (text: string): boolean => scanned(`${text}${END}`) === text.length + END.length;
const scanned = (text: string): number => scan.scan(Buffer.from(text, 'latin1'), 0, text.length);

it.each([
  ['pairs of CR and LF', 'GET / HTTP/1.1\r\nHost: a', true],
  ['a tab and bytes above ASCII', 'X: \t\xe9\xff', true],
  ['a bare line feed', 'X: 1\nY: 2', false],
  ['a bare carriage return', 'X: 1\rY: 2', false],
  ['a carriage return at the end', 'X: 1\r', false],
  ['two carriage returns', 'X: 1\r\r\nY: 2', false],
  ['a NUL', 'X: \0', false],
  ['a delete', 'X: \x7f', false],
  ['an escape', 'X: \x1b', false],
])('a scan decides over %s', (_name, text, expected) => expect(clean(text)).toBe(expected));

it('a_scan_finds_what_regular_expressions_find: end, line ends and colons, wherever the head begins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', ':', ' ', '\t', '\r', '\n', '\r\n', '\r\n\r\n', '\0', '\x7f', '\xff'), {
        maxLength: 16,
      }),
      fc.nat(3),
      (parts, start) => {
        const text = parts.join('');
        const bytes = Buffer.from('x'.repeat(start) + text, 'latin1');
        const found = scan.scan(bytes, start, bytes.length);
        const [head] = /^(?:[\t\x20-\x7e\x80-\xff]+\r\n)*\r\n/.exec(text) ?? [];
        expect(found).toBe(head === undefined ? -1 : start + head.length);
        if (head === undefined) return;
        const lines = head.split('\r\n').slice(0, -2);
        expect(scan.lines).toBe(lines.length);
        let at = 0;
        for (const [index, line] of lines.entries()) {
          const colon = line.indexOf(':');
          expect(scan.ends[index]).toBe(at + line.length);
          expect(scan.colons[index]).toBe(colon < 0 ? -1 : at + colon);
          at += line.length + 2;
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

it('what stands behind the limit is not looked at', () => {
  expect(scan.scan(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, 17)).toBe(-1);
  expect(scan.scan(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, 18)).toBe(18);
});
