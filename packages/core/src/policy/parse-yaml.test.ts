import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../json/json-pointer.ts';
import { parseYaml } from './parse-yaml.ts';

function positionsOf(text: string) {
  const result = parseYaml(text);
  if (!result.ok) throw new Error(result.message);
  return result.positions;
}

describe('parseYaml', () => {
  it('reads YAML 1.2: off, no and dates are text, and there is no merge key', () => {
    expect(parseYaml('a: off\nb: no\nc: 2026-01-01\nd: 010\n"<<": { e: 1 }')).toMatchObject({
      value: { a: 'off', b: 'no', c: '2026-01-01', d: 10, '<<': { e: 1 } },
    });
  });

  it('gives objects without a prototype, whatever their keys', () => {
    const result = parseYaml('__proto__: { polluted: true }\nconstructor: 1');
    expect(result.ok && Object.getPrototypeOf(result.value)).toBeNull();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['', '# comment\n', '---\n', '\uFEFF', '\n\n'])('takes %j as saying nothing', (text) => {
    expect(parseYaml(text)).toMatchObject({ ok: true, value: undefined });
  });

  it.each(['null', '~', '!!null ""'])('takes %s as null, for somebody wrote it', (text) => {
    expect(parseYaml(text)).toMatchObject({ ok: true, value: null });
  });

  it.each([
    'a: 1\na: 2',
    '1: a\n"1": b',
    'a: .nan',
    'a: .inf',
    'a: !!binary aGk=',
    'a: !x y',
    'a: *b',
    '? [a]\n: 1',
    'a: 1\n---\nb: 1',
    'a: "\u0000"',
  ])('refuses %j', (text) => {
    expect(parseYaml(text)).toMatchObject({ ok: false, code: 'POLICY_SYNTAX' });
  });

  it('refuses a file one byte over 1 MiB and takes one of 1 MiB', () => {
    expect(parseYaml(`#${'x'.repeat(1_048_575)}`)).toMatchObject({ ok: true });
    expect(parseYaml(`#${'x'.repeat(1_048_576)}`)).toMatchObject({ ok: false, code: 'POLICY_TOO_LARGE' });
    expect(parseYaml(`#${'é'.repeat(524_288)}`)).toMatchObject({ ok: false, code: 'POLICY_TOO_LARGE' });
  });

  it('refuses aliases that multiply (billion laughs) and aliases of themselves', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `a${level}: &a${level} [${level === 0 ? 'x, x' : `*a${level - 1}, *a${level - 1}`}]`,
    );
    expect(parseYaml(levels.join('\n'))).toMatchObject({ ok: false, code: 'POLICY_TOO_LARGE' });
    expect(parseYaml('a: &a { b: *a }')).toMatchObject({ ok: false, code: 'POLICY_TOO_LARGE' });
    expect(parseYaml('a: &a [1]\nb: *a')).toMatchObject({ ok: true, value: { a: [1], b: [1] } });
  });

  it('never_throws_and_never_quotes_the_file', () => {
    const piece = fc.constantFrom(
      'hunter2',
      ': ',
      '\n',
      '  ',
      '- ',
      '*',
      '&',
      '!',
      '!<',
      '>',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      '%',
      '---',
      '|',
      '\t',
      '\\x',
      '#',
      '\r',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const result = parseYaml(text);
          if (!result.ok) expect(`${result.message}${result.hint ?? ''}`).not.toContain('hunter2');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('YamlPositions', () => {
  it('finds keys and values in block and flow style, quoted and escaped', () => {
    const positions = positionsOf('a: 1\nb:\n  - c: "x"\n  - { "d/e": f }\n"g\\u0068": |\n  text\n');
    expect(positions.locate('/a')).toEqual({ line: 1, column: 4 });
    expect(positions.locate('/a', 'key')).toEqual({ line: 1, column: 1 });
    expect(positions.locate('/b/0/c')).toEqual({ line: 3, column: 8 });
    expect(positions.locate('/b/1/d~1e')).toEqual({ line: 4, column: 14 });
    expect(positions.locate('/b/1/d~1e', 'key')).toEqual({ line: 4, column: 7 });
    expect(positions.locate('/gh')).toEqual({ line: 5, column: 1 });
  });

  it('names the nearest enclosing place for what is not there', () => {
    const positions = positionsOf('a:\n  b: { c: 1 }\n');
    expect(positions.locate('/a/b/x/y')).toEqual({ line: 2, column: 3 });
    expect(positions.locate('/x')).toEqual({ line: 1, column: 1 });
  });

  it('follows an alias to where it is written out, and counts CR, LF and CRLF as one line end each', () => {
    expect(positionsOf('a: &x { b: 1 }\nc: *x').locate('/c/b')).toEqual({ line: 1, column: 12 });
    expect(positionsOf('a: 1\r\nb: 2\rc: 3\nd: 4').locate('/d')).toEqual({ line: 4, column: 4 });
  });

  it('every_value_of_json_is_found_where_it_stands', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.nat({ max: 9 }), {
          minKeys: 1,
          maxKeys: 5,
          noNullPrototype: true,
        }),
        (value) => {
          const text = JSON.stringify(value, null, 1);
          const result = parseYaml(text);
          fc.pre(result.ok);
          for (const name of Object.keys(value)) {
            const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
            const { line, column } = result.positions.locate(pointer);
            expect(text.split('\n')[line - 1]?.charAt(column - 1)).toBe(
              JSON.stringify(valueAt(result.value ?? null, pointer)),
            );
          }
        },
      ),
    );
  });

  it('quotes nothing of an alias whose name holds quotes itself', () => {
    const result = parseYaml('key: *"hunter2');
    expect(result.ok ? null : result.message).toBe('unidentified alias');
  });
});
