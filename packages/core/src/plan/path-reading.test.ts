import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { JsonObject } from '../json/json-value.ts';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { Exchange } from '../exchange.ts';
import type { Denial } from '../verdict/denial.ts';
import type { Ports } from '../ports.ts';
import { compilePlan } from './compile-plan.ts';
import { decideRequest } from './decide.ts';

const EXTENSION: JsonObject = { enum: ['json', 'geo.json', 'xml'] };

/** Sends a request to the one path of an API: the values that were read, or the code and the parameters that are refused. */
function readerOf(template: string, schemas: JsonObject, style = 'simple'): (path: string) => readonly string[] {
  const document = documentOf({
    openapi: '3.1.0',
    info: { title: 'Places', version: '1' },
    components: { schemas: { Extension: EXTENSION, Linked: { $ref: '#/components/schemas/Extension' } } },
    paths: {
      [template]: {
        parameters: Object.entries(schemas).map(([name, schema]) => ({
          name,
          in: 'path',
          required: true,
          style: name === 'ext' ? style : 'simple',
          schema,
        })),
        get: { operationId: 'read', responses: { 200: { description: 'ok' } } },
      },
    },
  });
  const policy = parsePolicy(
    { file: 'p.yaml', text: 'upstream: http://127.0.0.1:1\nlimits: []\n' },
    { environment: () => undefined, readFile: () => '' },
  );
  const plan = compilePlan(document, policy);
  return (path) => {
    const exchange = new Exchange('r', 0, 'GET', path, ['Host', 'api.example'], '192.0.2.1', false);
    const denial = decideRequest(plan, exchange, {} as Ports) as Denial | null;
    return denial === null ? exchange.pathValues : [denial.code, ...denial.errors.map(({ name }) => String(name))];
  };
}

describe('the reading of a segment with several expressions', () => {
  it('ends at the text that the last of them lists, wherever else the divider stands', () => {
    const read = readerOf('/at/{position}.{ext}', { position: { type: 'string' }, ext: EXTENSION });
    expect(read('/at/37.8328,-122.27669.xml')).toEqual(['37.8328,-122.27669', 'xml']);
    expect(read('/at/St.%20James.json')).toEqual(['St.%20James', 'json']);
    expect(read('/at/pizza.xml')).toEqual(['pizza', 'xml']);
    const number = readerOf('/to/{latitude}.{ext}', { latitude: { type: 'number' }, ext: EXTENSION });
    expect(number('/to/71.441.xml')).toEqual(['71.441', 'xml']);
  });

  it('needs no divider where the last of them lists its texts', () => {
    const read = readerOf('/profiles/{id}{ext}', { id: { type: 'string' }, ext: { const: '.json' } });
    expect(read('/profiles/4eb854340acb04e870000010.json')).toEqual(['4eb854340acb04e870000010', '.json']);
    expect(read('/profiles/.json')).toEqual(['PARAMETERS_INVALID', 'ext']);
  });

  it('takes the shortest where that is listed, and the longest text of the list else', () => {
    const read = readerOf('/maps/{name}.{ext}', { name: { type: 'string' }, ext: EXTENSION });
    expect(read('/maps/a.geo.json')).toEqual(['a', 'geo.json']);
    expect(read('/maps/a.b.geo.json')).toEqual(['a.b', 'geo.json']);
  });

  it('finds the list behind references, and texts that are percent-encoded in a path', () => {
    const linked = readerOf('/{a}-{b}.{ext}', { a: true, b: true, ext: { $ref: '#/components/schemas/Linked' } });
    expect(linked('/1.2-3-4.5.json')).toEqual(['1.2', '3-4.5', 'json']);
    const words = readerOf('/{a}.{ext}', { a: true, ext: { enum: ['two words', 7] } });
    expect(words('/x.y.two%20words')).toEqual(['x.y', 'two%20words']);
    expect(words('/x.y.7')).toEqual(['x.y', '7']);
    const label = readerOf('/{a}{ext}', { a: true, ext: { enum: ['json'] } }, 'label');
    expect(label('/1.2.json')).toEqual(['1.2', '.json']);
  });

  it('refuses what ends in nothing that is listed, and leaves no expression empty', () => {
    const read = readerOf('/at/{position}.{ext}', { position: { type: 'string' }, ext: EXTENSION });
    expect(read('/at/1.2.html')).toEqual(['PARAMETERS_INVALID', 'ext']);
    expect(read('/at/1.jsonx')).toEqual(['PARAMETERS_INVALID', 'ext']);
    expect(read('/at/.json')).toEqual(['PATH_UNKNOWN']);
  });

  it('stays the shortest where the last takes any text', () => {
    const free = readerOf('/{a}.{ext}', { a: true, ext: { type: 'string' } });
    expect(free('/1.2.json')).toEqual(['1', '2.json']);
  });

  it('takes 1.5 for the integer 1 in the format 5, the one way to divide it, where any format passes, and not where formats are listed', () => {
    const id = { type: 'integer' };
    expect(readerOf('/{id}.{ext}', { id, ext: { type: 'string' } })('/1.5')).toEqual(['1', '5']);
    expect(readerOf('/{id}.{ext}', { id, ext: { type: 'string' } })('/a.5')).toEqual(['PARAMETERS_INVALID', 'id']);
    for (const ext of [EXTENSION, { type: 'string', pattern: '^[a-z]+$' }])
      expect(readerOf('/{id}.{ext}', { id, ext })('/1.5')).toEqual(['PARAMETERS_INVALID', 'ext']);
  });

  it('divides the path that came and changes nothing of it', () => {
    const read = readerOf('/{a}-{b}.{ext}/{c}', { a: true, b: true, c: true, ext: EXTENSION });
    const piece = fc.string({ unit: fc.constantFrom('x', '.', '-', '1'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(piece, piece, fc.constantFrom('json', 'xml', 'geo.json'), (a, b, ext) => {
        const path = `/x${a}-${b}.${ext}/c`;
        const [first, second, last, rest, ...more] = read(path);
        expect(`/${first}-${second}.${last}/${rest}`).toBe(path);
        expect(more).toEqual([]);
      }),
    );
  });
});
