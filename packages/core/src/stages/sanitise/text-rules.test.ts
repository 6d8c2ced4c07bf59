import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasFormula, isFormula, neutraliseCsv } from './neutralise-csv.ts';
import { escapeMarkup, hasMarkup, schemeOf } from './text-rules.ts';

describe('text rules', () => {
  it.each(['<b>', 'x<script', '</p', '<!--', '<?x', '<!DOCTYPE'])('hasMarkup finds it in %j', (text) => {
    expect(hasMarkup(text)).toBe(true);
    expect(hasMarkup(escapeMarkup(text))).toBe(false);
  });

  it.each(['a < b', '<3', 'x <- y', '&lt;b&gt;', '5 > 3', '1<2'])('hasMarkup finds none in %j', (text) => {
    expect(hasMarkup(text)).toBe(false);
  });

  it.each([
    ['javascript:alert(1)', 'javascript'],
    [' \u0001JavaScript:x', 'javascript'],
    ['java\nscript:x', 'javascript'],
    ['\ufeffdata:text/html,x', 'data'],
    ['https://a.example/', 'https'],
    ['/a:b', null],
    ['a/b:c', null],
    ['//x', null],
    ['1x:y', null],
  ])('schemeOf reads %j as a browser does', (text, scheme) => {
    expect(schemeOf(text)).toBe(scheme);
  });

  it('law: escaping twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeMarkup(escapeMarkup(text))).toBe(escapeMarkup(text));
      }),
    );
  });
});

describe('neutraliseCsv', () => {
  it.each(['=1+1', '+cmd|x', '-2+3+cmd', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1+1', '=HYPERLINK("http://x")', '-x'])(
    'takes %j for a formula',
    (cell) => expect(isFormula(cell)).toBe(true),
  );

  it.each([
    '',
    '-',
    '+',
    '-12.5',
    '+4915112345678',
    '-1,234.56',
    '-5%',
    '- 3',
    '-€ 5.00',
    '1e-5',
    'a=b',
    'x@y.example',
    "'=1",
  ])('takes %j for none', (cell) => expect(isFormula(cell)).toBe(false));

  it.each([
    ['a,b\n=1,2\n', "a,b\n'=1,2\n"],
    ['a;=1\r\n', "a;'=1\r\n"],
    ['a\t@x\n', "a\t'@x\n"],
    ['"=1",x', '"\'=1",x'],
    ['"a ""=b""",x', '"a ""=b""",x'],
    ['"a\n=b",x', '"a\n=b",x'],
    ['x,"=1""2"', 'x,"\'=1""2"'],
    ['x,"open =1', 'x,"open =1'],
    ['name,-5,+1\n', 'name,-5,+1\n'],
  ])('makes of %j %j', (table, neutral) => {
    expect(neutraliseCsv(table)).toBe(neutral);
  });

  it('laws: nothing is left to calculate, and doing it twice changes nothing', () => {
    const piece = fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      '\t',
      '\r',
      '\n',
      ',',
      ';',
      '"',
      '""',
      ' ',
      'a',
      '1',
      "'",
      '\r\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const neutral = neutraliseCsv(pieces.join(''));
        expect(hasFormula(neutral)).toBe(false);
        expect(neutraliseCsv(neutral)).toBe(neutral);
      }),
      { numRuns: 2_000 },
    );
  });
});
