import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../json/json-value.ts';
import type { Parameter } from '../../openapi/model.ts';
import type { Denial } from '../../verdict/denial.ts';
import { parameters } from './parameters.ts';
import {
  contextOf,
  exchangeOf,
  mediaOf,
  operationOf,
  parameterOf,
  type ContextOptions,
  type RequestFacts,
} from './testing/fixtures.ts';
import { upstreamQuery } from './upstream-query.ts';

function run(declared: readonly Parameter[], facts: RequestFacts, options: ContextOptions = {}, path = '/things') {
  const rule = parameters.compile(operationOf({ path, parameters: declared }), contextOf(options));
  const exchange = exchangeOf(facts);
  const denial = rule === null ? null : parameters.decide(rule, exchange);
  return { rule, denial, exchange };
}

function errorsOf(denial: Denial | null): string[] {
  if (denial === null) return [];
  expect(denial.code).toBe('PARAMETERS_INVALID');
  expect(denial.errors.length).toBeGreaterThan(0);
  return denial.errors.map((error) => `${error.in} ${error.name ?? '-'} ${error.keyword}`);
}

const query = (schema: JsonValue, text: string | null, more: Partial<Parameter> = {}, options: ContextOptions = {}) =>
  errorsOf(run([parameterOf('query', 'p', schema, more)], { query: text }, options).denial);

describe('parameters: types', () => {
  it.each(['007', '0x10', '+1', '%201', '1_000', 'Infinity', 'NaN', '1.0', '1e3', '', 'null', 'true'])(
    'refuses %j as an integer',
    (text) => {
      expect(query({ type: 'integer' }, `p=${text}`)).toEqual(['query p type']);
    },
  );

  it.each(['True', 'TRUE', '1', 'yes', ''])('refuses %j as a boolean', (text) => {
    expect(query({ type: 'boolean' }, `p=${text}`)).toEqual(['query p type']);
  });

  it('keeps the text of a string enum that looks like a number', () => {
    expect(query({ type: 'string', enum: ['1', '007'] }, 'p=1')).toEqual([]);
    expect(query({ type: 'string', enum: ['1', '007'] }, 'p=007')).toEqual([]);
    expect(query({ type: 'string', enum: ['1'] }, 'p=2')).toEqual(['query p enum']);
  });

  it('reads an enum without type by the types of its values', () => {
    expect(query({ enum: [1, 'x', null] }, 'p=1')).toEqual([]);
    expect(query({ enum: [1, 'x', null] }, 'p=x')).toEqual([]);
    expect(query({ enum: [1, 'x', null] }, 'p=null')).toEqual([]);
    expect(query({ enum: [1, 'x', null] }, 'p=2')).toEqual(['query p enum']);
  });

  it('tries the most specific type first and the string after it', () => {
    expect(
      query(
        {
          anyOf: [
            { type: 'integer', maximum: 5 },
            { type: 'string', pattern: '^9' },
          ],
        },
        'p=3',
      ),
    ).toEqual([]);
    expect(
      query(
        {
          anyOf: [
            { type: 'integer', maximum: 5 },
            { type: 'string', pattern: '^9' },
          ],
        },
        'p=9',
      ),
    ).toEqual([]);
    expect(
      query(
        {
          anyOf: [
            { type: 'integer', maximum: 5 },
            { type: 'string', pattern: '^9' },
          ],
        },
        'p=8',
      ),
    ).not.toEqual([]);
  });

  it('takes one text or several where the schema allows a scalar or an array', () => {
    const schema = { oneOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }] };
    expect(query(schema, 'p=1')).toEqual([]);
    expect(query(schema, 'p=1&p=2')).toEqual([]);
    expect(query(schema, 'p=1&p=x')).not.toEqual([]);
    expect(query(schema, 'p=x')).not.toEqual([]);
  });

  it('compares integers beyond 2^53-1 exactly under int64, and refuses them elsewhere', () => {
    expect(query({ type: 'integer' }, 'p=9007199254740992')).toEqual(['query p format']);
    expect(query({ type: 'integer', format: 'int64' }, 'p=9223372036854775807')).toEqual([]);
    expect(query({ type: 'integer', format: 'int64' }, 'p=9223372036854775808')).toEqual(['query p format']);
    expect(query({ type: 'integer', format: 'int64', maximum: 9007199254740994 }, 'p=9007199254740994')).toEqual([]);
    expect(query({ type: 'integer', format: 'int64', maximum: 9007199254740994 }, 'p=9007199254740995')).toEqual([
      'query p format',
    ]);
    expect(query({ type: 'integer', format: 'int64', multipleOf: 2 }, 'p=9007199254740993')).toEqual([
      'query p format',
    ]);
  });

  it('refuses a number that only rounding brings within its limit', () => {
    expect(query({ type: 'number', maximum: 9007199254740992 }, 'p=9007199254740993')).not.toEqual([]);
    expect(query({ type: 'number', maximum: 0.3 }, 'p=0.3000000000000000001')).not.toEqual([]);
    expect(query({ type: 'number', maximum: 0.3 }, 'p=0.3')).toEqual([]);
  });
});

describe('parameters: query', () => {
  it('refuses a parameter that stands twice (parameter pollution), and an array takes it', () => {
    expect(query({ type: 'string' }, 'p=a&p=a')).toEqual(['query p duplicate']);
    expect(query({ type: 'string' }, 'p=a&%70=b')).toEqual(['query p duplicate']);
    expect(query({ type: 'array', items: { type: 'string' } }, 'p=a&p=a')).toEqual([]);
    expect(query({ type: 'array', items: { type: 'string' } }, 'p=a&p=a', { explode: false })).toEqual([
      'query p duplicate',
    ]);
  });

  it('compares names exactly: another case is another parameter', () => {
    expect(query({ type: 'string' }, 'P=a', { required: true })).toEqual(['query P undeclared', 'query p required']);
    expect(query({ type: 'string' }, 'P=a', {}, { requests: { lookalikeNames: 'pass' } })).toEqual([]);
    expect(query({ type: 'string' }, 'P=a&p=b', {}, { requests: { unknownParameters: 'refuse' } })).toEqual([
      'query P undeclared',
    ]);
  });

  it('refuses a required parameter that is missing, with and without a query', () => {
    for (const text of [null, '', 'other=1', '&&'])
      expect(query({ type: 'string' }, text, { required: true })).toEqual(['query p required']);
    expect(query({ type: 'string' }, null)).toEqual([]);
  });

  it('lets an empty value pass only where allowEmptyValue says so', () => {
    expect(query({ type: 'string', minLength: 1 }, 'p=')).toEqual(['query p minLength']);
    expect(query({ type: 'string', minLength: 1 }, 'p=', { allowEmptyValue: true })).toEqual([]);
    expect(query({ type: 'string', minLength: 1 }, 'p', { allowEmptyValue: true })).toEqual([]);
  });

  it.each(['p=%', 'p=%2', 'p=%zz', 'p=%ff', 'p=%c0%af', 'p=%ed%a0%80', '%ff=1'])(
    'refuses the broken encoding of %s',
    (text) => {
      expect(query({ type: 'string' }, text)).toHaveLength(1);
    },
  );

  it('decodes exactly once, and + is a space', () => {
    expect(query({ const: 'a%41 b' }, 'p=a%2541+b')).toEqual([]);
    expect(query({ const: 'a+b' }, 'p=a%2Bb')).toEqual([]);
  });

  it('splits items by each delimited style', () => {
    const schema = { type: 'array', items: { type: 'integer' }, minItems: 3, maxItems: 3 };
    expect(query(schema, 'p=1,2,3', { explode: false })).toEqual([]);
    expect(query(schema, 'p=1%2C2%2C3', { explode: false })).toEqual([]);
    expect(query(schema, 'p=1%202%203', { style: 'spaceDelimited', explode: false })).toEqual([]);
    expect(query(schema, 'p=1+2+3', { style: 'spaceDelimited', explode: false })).toEqual([]);
    expect(query(schema, 'p=1|2|3', { style: 'pipeDelimited', explode: false })).toEqual([]);
    expect(query(schema, 'p=1%7C2%7C3', { style: 'pipeDelimited', explode: false })).toEqual([]);
    expect(query(schema, 'p=1%092%093', { style: 'tabDelimited', explode: false })).toEqual([]);
    expect(query(schema, 'p=1&p=2&p=3', { explode: true })).toEqual([]);
    expect(query(schema, 'p=1,2', { explode: false })).toEqual(['query p minItems']);
  });

  it('counts an encoded delimiter as one: an item cannot hide in it', () => {
    expect(query({ type: 'array', items: { type: 'string' }, maxItems: 1 }, 'p=a%2Cb', { explode: false })).toEqual([
      'query p maxItems',
    ]);
  });

  it('gives members of a spread object to that object, and duplicates of them are refused', () => {
    const schema = {
      type: 'object',
      properties: { from: { type: 'integer' }, to: { type: 'integer' } },
      required: ['from'],
    };
    const strict = { requests: { unknownParameters: 'refuse' } } as const;
    expect(query(schema, 'from=1&to=2', { explode: true }, strict)).toEqual([]);
    expect(query(schema, 'from=x', { explode: true }, strict)).toEqual(['query p type']);
    expect(query(schema, 'to=1', { explode: true }, strict)).toEqual(['query p required']);
    expect(query(schema, 'from=1&from=2', { explode: true }, strict)).toEqual(['query p duplicate']);
    expect(query(schema, 'from=1&page=2', { explode: true }, strict)).toEqual(['query page undeclared']);
    expect(
      query({ ...schema, additionalProperties: { type: 'integer' } }, 'from=1&page=2', { explode: true }, strict),
    ).toEqual([]);
    expect(
      query({ ...schema, additionalProperties: { type: 'integer' } }, 'from=1&page=x', { explode: true }, strict),
    ).toEqual(['query p type']);
  });

  it('never sets __proto__', () => {
    const open = { type: 'object', additionalProperties: true };
    expect(query(open, '__proto__=1', { explode: true })).toEqual(['query p forbidden-member']);
    expect(query(open, 'p[__proto__][x]=1', { style: 'deepObject', explode: true })).toEqual([
      'query p forbidden-member',
    ]);
    expect(query(open, 'p=__proto__,1', { explode: false })).toEqual(['query p forbidden-member']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('reads deepObject with brackets encoded or not', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'integer' },
        list: { type: 'array', items: { type: 'integer' } },
        deep: { type: 'object', properties: { b: { type: 'boolean' } } },
      },
    };
    const deep = { style: 'deepObject', explode: true } as const;
    expect(query(schema, 'p[a]=1&p%5Bdeep%5D%5Bb%5D=true&p[list][]=1&p[list][]=2', deep)).toEqual([]);
    expect(query(schema, 'p[list][1]=1&p[list][0]=2', deep)).toEqual([]);
    expect(query(schema, 'p[list][1]=1', deep)).toEqual(['query p syntax']);
    expect(query(schema, 'p[list][99999999]=1', deep)).toEqual(['query p syntax']);
    expect(query(schema, 'p[list][0]=1&p[list][00]=2', deep)).toEqual(['query p syntax']);
    expect(query(schema, 'p[a]=1&p[a]=2', deep)).toEqual(['query p duplicate']);
    expect(query(schema, 'p[a]=1&p[a][b]=2', deep)).toEqual(['query p duplicate']);
    expect(query(schema, 'p[a]=x', deep)).toEqual(['query p type']);
    expect(query(schema, 'p[a][b][c][d][e][f]=1', deep)).toEqual(['query p depth']);
    for (const text of ['p=1', 'p[=1', 'p[a=1', 'p[a]b=1', 'p[a]]=1', 'p[[a]]=1', 'p[]=1', 'p[a][][b]=1'])
      expect(query(schema, text, deep), text).toEqual(['query p syntax']);
  });

  it('refuses 1,001 pairs', () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(query(list, Array.from({ length: 1000 }, () => 'p=1').join('&'))).toEqual([]);
    expect(query(list, Array.from({ length: 1001 }, () => 'p=1').join('&'))).toEqual(['query - maxItems']);
  });

  it('passes, refuses or strips what is not declared', () => {
    const declared = [parameterOf('query', 'p', { type: 'string' })];
    expect(run(declared, { query: 'x=1&p=2' }).denial).toBeNull();
    expect(errorsOf(run(declared, { query: 'x=1&p=2' }, { requests: { unknownParameters: 'refuse' } }).denial)).toEqual(
      ['query x undeclared'],
    );
    const strip = { requests: { unknownParameters: 'strip' } } as const;
    for (const [sent, kept] of [
      ['x=1&p=2', 'p=2'],
      ['p=%32&x', 'p=%32'],
      ['a=1&p=2&b=3', 'p=2'],
      ['p=2&&x=1&', 'p=2&'],
      ['x=1', ''],
      ['p=1', null],
    ] as const) {
      const { denial, exchange } = run(declared, { query: sent }, strip);
      expect(denial).toBeNull();
      expect(exchange.rewrittenQuery, sent).toBe(kept);
    }
    const stripped = run([], { query: 'x=1' }, strip).exchange;
    expect(stripped.rewrittenQuery).toBe('');
    // Nothing left is not nothing changed: what was taken out must not come back.
    expect(upstreamQuery(stripped)).toBeNull();
    expect(run([], { query: 'x=1' }).rule).toBeNull();
  });

  it('knows the API keys of the document, and upstreamQuery leaves the credentials out', () => {
    const securitySchemes = new Map([
      ['key', { file: '', pointer: '', name: 'key', type: 'apiKey', in: 'query', parameter: 'api_key' } as const],
    ]);
    const options: ContextOptions = { requests: { unknownParameters: 'refuse' }, document: { securitySchemes } };
    const { denial, exchange } = run(
      [parameterOf('query', 'p', { type: 'string' })],
      { query: 'api_key=s&p=1' },
      options,
    );
    expect(denial).toBeNull();
    exchange.credentialQuery = ['api_key'];
    expect(upstreamQuery(exchange)).toBe('p=1');
  });

  it('does not repeat an undeclared name that may be a value', () => {
    const refuse = { requests: { unknownParameters: 'refuse' } } as const;
    expect(query({ type: 'string' }, 'CANARY', {}, refuse)).toEqual(['query - undeclared']);
    expect(query({ type: 'string' }, `${'a'.repeat(40)}=1`, {}, refuse)).toEqual(['query - undeclared']);
  });

  it('checks JSON in a parameter, and a whole query string', () => {
    const json = parameterOf('query', 'p', null, {
      content: mediaOf('application/json', { type: 'object', required: ['a'] }),
    });
    expect(errorsOf(run([json], { query: 'p=%7B%22a%22%3A1%7D' }).denial)).toEqual([]);
    expect(errorsOf(run([json], { query: 'p=%7B%7D' }).denial)).toEqual(['query p required']);
    expect(errorsOf(run([json], { query: 'p=%7B%22a%22%3A1%2C%22a%22%3A2%7D' }).denial)).toEqual(['query p duplicate']);
    const form = {
      content: mediaOf('application/x-www-form-urlencoded', {
        type: 'object',
        properties: { a: { type: 'integer' } },
        required: ['a'],
      }),
    };
    const whole = parameterOf('querystring', 'q', null, form);
    expect(errorsOf(run([whole], { query: 'a=1' }).denial)).toEqual([]);
    expect(errorsOf(run([whole], { query: 'a=x' }).denial)).toEqual(['query q type']);
    expect(errorsOf(run([{ ...whole, required: true }], { query: null }).denial)).toEqual(['query q required']);
    const text = parameterOf('querystring', 'q', null, { content: mediaOf('application/json', { type: 'array' }) });
    expect(errorsOf(run([text], { query: '%5B1%5D' }).denial)).toEqual([]);
    expect(errorsOf(run([text], { query: '%7B%7D' }).denial)).toEqual(['query q type']);
  });
});

describe('parameters: path', () => {
  const path = (schema: JsonValue, value: string, more: Partial<Parameter> = {}) =>
    errorsOf(run([parameterOf('path', 'p', schema, more)], { pathValues: [value] }, {}, '/things/{p}').denial);

  it('decodes once and checks', () => {
    expect(path({ type: 'integer', minimum: 1 }, '12')).toEqual([]);
    expect(path({ type: 'integer', minimum: 1 }, '0')).toEqual(['path p minimum']);
    expect(path({ const: 'a b+c' }, 'a%20b+c')).toEqual([]);
    expect(path({ type: 'string' }, '%ff')).toEqual(['path p syntax']);
    expect(path({ type: 'string' }, '')).toEqual(['path p required']);
  });

  it('reads label and matrix, exploded or not', () => {
    const list = { type: 'array', items: { type: 'integer' }, minItems: 2 };
    expect(path(list, '.1,2', { style: 'label', explode: false })).toEqual([]);
    expect(path(list, '.1.2', { style: 'label', explode: true })).toEqual([]);
    expect(path(list, ';p=1,2', { style: 'matrix', explode: false })).toEqual([]);
    expect(path(list, ';p=1;p=2', { style: 'matrix', explode: true })).toEqual([]);
    expect(path(list, ';q=1;q=2', { style: 'matrix', explode: true })).toEqual(['path p syntax']);
    expect(path({ type: 'number' }, '.1.5', { style: 'label' })).toEqual([]);
  });

  it('takes values in the order of the template, whatever the order of the parameters', () => {
    const declared = [
      parameterOf('path', 'b', { type: 'integer' }),
      parameterOf('path', 'a', { type: 'string', pattern: '^x$' }),
    ];
    expect(run(declared, { pathValues: ['x', '1'] }, {}, '/{a}/{b}').denial).toBeNull();
    expect(errorsOf(run(declared, { pathValues: ['1', 'x'] }, {}, '/{a}/{b}').denial)).toEqual([
      'path a pattern',
      'path b type',
    ]);
  });
});

describe('parameters: headers', () => {
  const header = (schema: JsonValue, headers: readonly string[], more: Partial<Parameter> = {}) =>
    errorsOf(run([parameterOf('header', 'X-P', schema, more)], { headers }).denial);

  it('finds a header whatever its case and takes off blanks', () => {
    expect(header({ type: 'integer' }, ['x-p', ' 1\t'])).toEqual([]);
    expect(header({ type: 'integer' }, ['X-P', 'x'])).toEqual(['header X-P type']);
    expect(header({ type: 'integer' }, ['X-Q', 'x'], { required: true })).toEqual(['header X-P required']);
  });

  it('refuses one that stands twice unless it is an array', () => {
    expect(header({ type: 'string' }, ['X-P', 'a', 'x-p', 'b'])).toEqual(['header X-P duplicate']);
    expect(header({ type: 'array', items: { type: 'integer' }, minItems: 3 }, ['X-P', '1, 2', 'x-p', '3'])).toEqual([]);
  });

  it('does not decode percents, and refuses what is not ASCII', () => {
    expect(header({ const: '%41' }, ['X-P', '%41'])).toEqual([]);
    expect(header({ type: 'string' }, ['X-P', 'caf\u00e9'])).toEqual(['header X-P syntax']);
  });

  it.each(['Accept', 'content-type', 'Authorization'])('ignores a parameter named %s', (name) => {
    expect(
      run([parameterOf('header', name, { type: 'integer' }, { required: true })], { headers: [name, 'x'] }).rule,
    ).toBeNull();
  });
});

describe('parameters: cookies', () => {
  const cookie = (
    schema: JsonValue,
    text: string | null,
    more: Partial<Parameter> = {},
    options: ContextOptions = {},
  ) => errorsOf(run([parameterOf('cookie', 'c', schema, more)], { cookie: text }, options).denial);

  it('checks a declared cookie and refuses one that stands twice (cookie tossing)', () => {
    expect(cookie({ type: 'integer' }, 'a=x; c=1; b=y')).toEqual([]);
    expect(cookie({ type: 'integer' }, 'c=x')).toEqual(['cookie c type']);
    expect(cookie({ type: 'integer' }, 'c=1; c=1')).toEqual(['cookie c duplicate']);
    expect(cookie({ type: 'integer' }, null, { required: true })).toEqual(['cookie c required']);
  });

  it('decodes in style form and not in style cookie', () => {
    expect(cookie({ const: 'a b' }, 'c=a%20b')).toEqual([]);
    expect(cookie({ type: 'string' }, 'c=%')).toEqual(['cookie c syntax']);
    expect(cookie({ const: 'a%20b' }, 'c=a%20b', { style: 'cookie' })).toEqual([]);
  });

  it('passes, refuses or strips undeclared cookies by unknownCookies before unknownParameters', () => {
    const declared = [parameterOf('cookie', 'c', { type: 'integer' })];
    const { denial, exchange } = run(
      declared,
      { cookie: 'a=1; c=2;b' },
      { requests: { unknownParameters: 'refuse', unknownCookies: 'strip' } },
    );
    expect(denial).toBeNull();
    expect(exchange.rewrittenCookie).toBe('c=2');
    expect(cookie({ type: 'integer' }, 'a=1; c=2;b', {}, { requests: { unknownParameters: 'refuse' } })).toEqual([
      'cookie a undeclared',
      'cookie - undeclared',
    ]);
    expect(run(declared, { cookie: 'a=1' }, { requests: { unknownCookies: 'strip' } }).exchange.rewrittenCookie).toBe(
      '',
    );
  });
});

describe('parameters: describe', () => {
  it('names what is declared, and what is not checked', () => {
    const { rule } = run(
      [parameterOf('query', 'p', null), parameterOf('header', 'h', { type: 'string' }, { required: true })],
      {},
    );
    expect(rule === null ? [] : parameters.describe(rule)).toEqual([
      'query: p?',
      'query p: not checked, no schema that can be',
      'header: h',
      'undeclared query parameters: passed on unchecked',
    ]);
  });
});
