import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../json/json-value.ts';
import type { Parameter, ParameterLocation, ParameterStyle } from '../../openapi/model.ts';
import { BodyCheck } from './body-check.ts';
import { parameters } from './parameters.ts';
import {
  BOUNDS,
  contextOf,
  exchangeOf,
  mediaOf,
  operationOf,
  parameterOf,
  type RequestFacts,
} from './testing/fixtures.ts';
import { createPlainSchemas } from './testing/plain-schemas.ts';

type Shape = 'scalar' | 'array' | 'object';

const STYLES: readonly (readonly [ParameterLocation, ParameterStyle, boolean, readonly Shape[]])[] = [
  ['path', 'simple', false, ['scalar', 'array', 'object']],
  ['path', 'simple', true, ['scalar', 'array', 'object']],
  ['path', 'label', false, ['scalar', 'array', 'object']],
  ['path', 'label', true, ['scalar', 'array', 'object']],
  ['path', 'matrix', false, ['scalar', 'array', 'object']],
  ['path', 'matrix', true, ['scalar', 'array', 'object']],
  ['query', 'form', false, ['scalar', 'array', 'object']],
  ['query', 'form', true, ['scalar', 'array', 'object']],
  ['query', 'spaceDelimited', false, ['array', 'object']],
  ['query', 'pipeDelimited', false, ['array', 'object']],
  ['query', 'tabDelimited', false, ['array']],
  ['query', 'deepObject', true, ['object']],
  ['header', 'simple', false, ['scalar', 'array', 'object']],
  ['header', 'simple', true, ['scalar', 'array', 'object']],
  ['cookie', 'form', false, ['scalar', 'array', 'object']],
  ['cookie', 'form', true, ['scalar', 'array', 'object']],
  ['cookie', 'cookie', true, ['scalar', 'array', 'object']],
];

const SCHEMAS: Readonly<Record<Shape, JsonValue>> = {
  scalar: { type: ['integer', 'boolean', 'string'] },
  array: { type: 'array', items: { type: ['integer', 'boolean', 'string'] } },
  object: {
    type: 'object',
    properties: { first: { type: 'integer' }, second: { type: 'string' }, third: { type: 'boolean' } },
  },
};

// No delimiter of any style, and nothing a header or a raw cookie could not carry: those are not representable.
const word = fc.stringMatching(/^[a-zA-Z_~-]{1,8}$/).filter((text) => !['true', 'false', 'null'].includes(text));
const encodedWord = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((text) => !/[,;.=|\s]/.test(text) && text.isWellFormed());

function textOf(place: ParameterLocation, style: ParameterStyle): fc.Arbitrary<string> {
  return place === 'header' || style === 'cookie' ? word : fc.oneof(word, encodedWord);
}

function valueOf(shape: Shape, text: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> {
  const string = text.filter((one) => !/^-?\d+$/.test(one));
  const scalar = fc.oneof(fc.integer(), fc.boolean(), string);
  if (shape === 'scalar') return scalar;
  if (shape === 'array') return fc.array(scalar, { minLength: 1, maxLength: 5 });
  return fc.record({ first: fc.integer(), second: string, third: fc.boolean() });
}

/** RFC 6570 and OpenAPI 3.1, 4.8.12.3, written the other way round. */
function encode(parameter: Parameter, value: JsonValue): RequestFacts {
  const { in: place, style, explode, name } = parameter;
  const raw = place === 'header' || style === 'cookie';
  const text = (one: unknown) => (raw ? String(one) : encodeURIComponent(String(one)));
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
  const items = Array.isArray(value) ? (value as JsonValue[]).map(text) : null;
  const delimiter = { spaceDelimited: '%20', pipeDelimited: '|', tabDelimited: '%09' }[style as string] ?? ',';
  const turns = members?.flatMap(([key, member]) => [text(key), text(member)]) ?? items ?? [text(value)];
  const pairs = members?.map(([key, member]) => `${text(key)}=${text(member)}`) ?? null;
  if (place === 'query' || place === 'cookie') {
    const glue = place === 'query' ? '&' : '; ';
    let written = `${name}=${turns.join(delimiter)}`;
    if (style === 'deepObject')
      written = (members ?? []).map(([key, member]) => `${name}%5B${text(key)}%5D=${text(member)}`).join(glue);
    else if (explode)
      written = pairs?.join(glue) ?? (items ?? [text(value)]).map((item) => `${name}=${item}`).join(glue);
    return place === 'query' ? { query: written } : { cookie: written };
  }
  let written = explode ? (pairs ?? turns).join(',') : turns.join(',');
  if (style === 'label') written = `.${explode ? (pairs ?? turns).join('.') : turns.join(',')}`;
  if (style === 'matrix')
    written = explode
      ? (pairs ?? turns.map((item) => `${name}=${item}`)).map((one) => `;${one}`).join('')
      : `;${name}=${turns.join(',')}`;
  return place === 'path' ? { pathValues: [written] } : { headers: [name, written] };
}

describe('law decoding_undoes_encoding', () => {
  for (const [place, style, explode, shapes] of STYLES) {
    for (const shape of shapes) {
      it(`${place} ${style}${explode ? ' exploded' : ''} ${shape}`, () => {
        let seen: unknown;
        const schemas = createPlainSchemas((value) => {
          seen = value;
        });
        const parameter = parameterOf(place, 'p', SCHEMAS[shape], { style, explode });
        const rule = parameters.compile(operationOf({ path: '/{p}', parameters: [parameter] }), contextOf({ schemas }));
        if (rule === null) throw new Error('nothing compiled');
        fc.assert(
          fc.property(valueOf(shape, textOf(place, style)), (value) => {
            seen = undefined;
            expect(parameters.decide(rule, exchangeOf(encode(parameter, value)))).toBeNull();
            expect(seen).toEqual(value);
          }),
          { numRuns: 60 },
        );
      });
    }
  }
});

describe('law nothing_throws_and_nothing_is_repeated', () => {
  const CANARY = 'c4n4ryv4lue';
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'integer' },
      b: { type: 'array', items: { type: 'boolean' } },
      c: { type: 'string', maxLength: 1 },
    },
    additionalProperties: false,
  };

  it('parameters of every style, on any text', () => {
    const declared = STYLES.flatMap(([place, style, explode, shapes], index) =>
      place === 'path'
        ? []
        : shapes.map((shape) =>
            parameterOf(
              place,
              `p${index}${shape}`,
              shape === 'object' ? schema : { type: 'array', items: { type: 'integer' } },
              { style, explode },
            ),
          ),
    );
    const rule = parameters.compile(
      operationOf({ parameters: declared }),
      contextOf({ requests: { unknownParameters: 'refuse' } }),
    );
    if (rule === null) throw new Error('nothing compiled');
    const names = declared.map(({ name }) => name);
    const piece = fc.oneof(
      fc.constantFrom(
        ...names,
        CANARY,
        '=',
        '&',
        '[',
        ']',
        ',',
        ';',
        '%',
        '%5B',
        '%00',
        '+',
        '|',
        'a',
        '1',
        '__proto__',
      ),
      fc.string({ maxLength: 3 }),
    );
    const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, text, (query, cookie, header) => {
        // A name is repeated where it is plainly one; what stands before `=` is kept free of the canary here.
        const safe = query.replaceAll(new RegExp(`${CANARY}(?=[^&]*=)`, 'g'), 'x');
        const denial = parameters.decide(
          rule,
          exchangeOf({
            query: safe,
            cookie: cookie.replaceAll(new RegExp(`${CANARY}(?=[^;]*=)`, 'g'), 'x'),
            headers: names.flatMap((name) => [name, header]),
          }),
        );
        expect(JSON.stringify(denial)).not.toContain(CANARY);
        if (denial !== null) expect(denial.errors.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 500 },
    );
  });

  it('bodies of every format, on any bytes', () => {
    const types = [
      'application/json',
      'application/x-ndjson',
      'application/json-seq',
      'text/event-stream',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'multipart/mixed; boundary=b',
      'text/plain',
      'application/octet-stream',
    ];
    const content = types.map((type) => {
      const range = type.split(';', 1)[0] ?? '';
      return mediaOf(
        range,
        range.startsWith('text') || range.endsWith('octet-stream') ? { type: 'string', maxLength: 3 } : schema,
        range === 'text/event-stream' ? { itemSchema: mediaOf(range, schema).schema } : {},
      );
    });
    for (const undeclared of ['as-declared', 'refuse', 'strip'] as const) {
      const check = new BodyCheck(content, {
        direction: 'request',
        undeclared,
        bounds: BOUNDS,
        maxItemBytes: 100,
        schemas: createPlainSchemas(),
        document: { resolveSchema: () => null },
      });
      const piece = fc.oneof(
        fc.constantFrom(
          '--b',
          '\r\n',
          '--',
          'Content-Disposition: form-data; name="a"',
          'Content-Type: application/json',
          '\u001e',
          '\n',
          'data: ',
          'a=',
          '&',
          '[',
          ']',
          '{',
          '}',
          '"a":',
          '"',
          ':',
          CANARY,
          '\xff',
          '1',
          '%',
        ),
        fc.string({ maxLength: 3 }),
      );
      fc.assert(
        fc.property(fc.constantFrom(...types), fc.array(piece, { maxLength: 25 }), (type, pieces) => {
          const selected = check.select(type);
          if (typeof selected === 'string') throw new Error(selected);
          const result = selected.check.whole?.(Buffer.from(pieces.join(''), 'latin1'), selected.type);
          if (result?.ok === false) expect(JSON.stringify(result)).not.toContain(CANARY);
        }),
        { numRuns: 700 },
      );
    }
  });

  it('content types, on any text', () => {
    const check = new BodyCheck([mediaOf('application/json', true), mediaOf('text/*', true)], {
      direction: 'request',
      undeclared: 'as-declared',
      bounds: BOUNDS,
      maxItemBytes: 100,
      schemas: createPlainSchemas(),
      document: { resolveSchema: () => null },
    });
    const piece = fc.oneof(
      fc.constantFrom('application', '/', 'json', ';', '=', '"', '\\', 'charset', 'utf-8', ' ', '\t', '*'),
      fc.string({ maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
        check.select(pieces.join(''));
      }),
      { numRuns: 1000 },
    );
  });
});
