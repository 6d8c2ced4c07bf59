import { describe, expect, test } from 'vitest';
import { loadDocument } from '../openapi/load-document.ts';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import type { ApiDocument } from '../openapi/model.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import { checkPlan } from './check-plan.ts';
import { compilePlan } from './compile-plan.ts';
import { schemaProblems } from './unusable-schemas.ts';

const policyOf = (more: string): Policy =>
  parsePolicy(
    { file: 'sallyport.yaml', text: `api: api.json\nupstream: http://127.0.0.1:1\n${more}` },
    { environment: () => undefined, readFile: () => '' },
  );
const POLICY = policyOf('');
const answer = (schema: object): object => ({
  responses: { 200: { description: '', content: { 'application/json': { schema } } } },
});
const to = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

function documentOf(paths: object, schemas: object = {}): ApiDocument {
  const text = JSON.stringify(
    { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths, components: { schemas } },
    null,
    1,
  );
  return loadDocument({ read: (_, from) => ({ file: from ?? 'api.json', text }) }, 'api.json');
}

/** What a running door says, and what is said where there is no plan, which has to be the same. */
function problemsOf(document: ApiDocument): readonly ConfigurationProblem[] {
  const { problems } = checkPlan(compilePlan(document, POLICY));
  expect(schemaProblems(document, POLICY)).toEqual(problems);
  return problems;
}

/** Alternatives that have alternatives, deeper than anything could check. */
function tooDeep(): object {
  const links = Array.from({ length: 3_000 }, (_, i) => [`S${i}`, { oneOf: [to(`S${i + 1}`), { type: 'integer' }] }]);
  return { ...Object.fromEntries(links), S3000: { type: 'string' } };
}

describe('UnusableSchemas', () => {
  test('names the schema of a content where contents are checked, and only there', () => {
    const text = { type: 'string', contentMediaType: 'application/json', contentSchema: to('Gone') };
    const document = documentOf({ '/a': { get: { operationId: 'a', ...answer(text) } } });
    expect(problemsOf(document)).toEqual([]);
    const checking = policyOf('responses: { contentSchema: check }');
    expect(checkPlan(compilePlan(document, checking)).problems).toMatchObject([{ code: 'SCHEMA_UNUSABLE' }]);
    expect(schemaProblems(document, checking)).toMatchObject([{ code: 'SCHEMA_UNUSABLE' }]);
    expect(schemaProblems(document, policyOf('requests: { contentSchema: check }'))).toEqual([]);
  });

  test('tells of a reference that leads nowhere once, at the link of a chain that does, and why', () => {
    const paths = {
      '/a': { get: { operationId: 'a', ...answer(to('Alias')) } },
      '/b': { get: { operationId: 'b', ...answer({ items: { $ref: './gone.json' } }) } },
    };
    const document = loadDocument(
      createMemoryReader({
        'api.json': JSON.stringify({
          openapi: '3.1.0',
          info: { title: 'T', version: '1' },
          paths,
          components: { schemas: { Alias: to('Pet'), Pet: to('Gone'), Unused: to('Nothing') } },
        }),
      }),
      'api.json',
    );
    const told = ({ code, path, message }: ConfigurationProblem): string[] => [code, path, message];
    const { problems, warnings } = checkPlan(compilePlan(document, POLICY));
    expect(problems.map(told)).toEqual([
      [
        'SCHEMA_UNUSABLE',
        '/components/schemas/Pet',
        'a: the schema cannot be compiled: api.json#/components/schemas/Pet: "#/components/schemas/Gone" leads to nothing',
      ],
      [
        'SCHEMA_UNUSABLE',
        '/paths/~1b/get/responses/200/content/application~1json/schema/items',
        'b: the schema cannot be compiled: api.json#/paths/~1b/get/responses/200/content/application~1json/schema/items: "./gone.json" leads to nothing: there is no file gone.json',
      ],
    ]);
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([
      ['DOCUMENT_REFERENCE_BROKEN', '/components/schemas/Unused/$ref'],
    ]);
    const off = checkPlan(compilePlan(document, policyOf('modes: { responses: off }')));
    expect(off.problems).toEqual([]);
    expect(off.warnings.filter(({ code }) => code === 'DOCUMENT_REFERENCE_BROKEN')).toHaveLength(3);
  });

  test('names the schema that leads too deep, once for all that refer to it', () => {
    const parameters = [
      { name: 'fine', in: 'query', schema: { type: 'string' } },
      { name: 'deep', in: 'query', schema: to('S0') },
    ];
    const paths = {
      '/a': { get: { operationId: 'a', parameters, ...answer({}) } },
      '/b': { get: { operationId: 'b', parameters, ...answer(to('S0')) } },
    };
    const problems = problemsOf(documentOf(paths, tooDeep()));
    expect(problems).toMatchObject([
      {
        path: expect.stringMatching(/^\/components\/schemas\/S\d+$/) as unknown,
        message: expect.stringMatching(/^2 operations \(a, b\): /) as unknown,
      },
    ]);
    expect(problems[0]?.line).toBeGreaterThan(60);
  });

  test('tells what compiling stopped at also where another schema of the rule has other faults', () => {
    const content = {
      'application/json': { schema: { allOf: [to('All')] } },
      'application/x-other+json': { schema: { type: 'strin' } },
    };
    const document = documentOf(
      { '/a': { post: { operationId: 'a', requestBody: { content }, ...answer({}) } } },
      { All: { allOf: [to('All')] } },
    );
    expect(problemsOf(document).map(({ message }) => message)).toEqual([
      expect.stringContaining('refers to itself without an end'),
      expect.stringContaining('"type" must be'),
    ]);
  });

  test('tells of each operation what compiling it stopped at, however many faults the schemas of others have', () => {
    const broken = {
      properties: Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`p${i}`, { type: 'strin' }])),
    };
    const many = Object.fromEntries(
      Array.from({ length: 120 }, (_, i) => [
        `/z${i}`,
        { get: { operationId: `z${i}`, ...answer({ type: 'objec' }) } },
      ]),
    );
    const problems = problemsOf(documentOf({ '/a': { get: { operationId: 'a', ...answer(broken) } }, ...many }));
    const told = problems.map(({ message }) => message);
    for (const name of ['a', ...Array.from({ length: 120 }, (_, i) => `z${i}`)])
      expect(told.filter((message) => message.startsWith(`${name}: `))).toHaveLength(1);
    expect(problems.at(-1)).toMatchObject({
      code: 'SCHEMA_UNUSABLE',
      file: 'api.json',
      message: 'at least 99 more faults of schemas that cannot be compiled',
    });
  });

  test('lists at most twenty more faults of one schema, and says how many are left', () => {
    const broken = {
      properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, { type: 'strin' }])),
    };
    const problems = problemsOf(documentOf({ '/a': { get: { operationId: 'a', ...answer(broken) } } }));
    expect(problems).toHaveLength(22);
    expect(problems.at(-1)?.message).toBe('29 more faults of schemas that cannot be compiled');
  });

  test('takes schemas with more branches than a call takes arguments', () => {
    const anyOf = Array.from({ length: 150_000 }, () => ({}));
    const document = documentOf({ '/a': { get: { operationId: 'a', ...answer({ type: 'strin', anyOf }) } } });
    expect(schemaProblems(document, null)).toMatchObject([{ code: 'SCHEMA_UNUSABLE' }]);
  });
});

describe('schemaProblems', () => {
  const encoding = { f: { headers: { 'X-A': { schema: { type: 'strin' } } } } };
  const form = {
    'multipart/form-data': { schema: { type: 'object', properties: { f: { type: 'string' } } }, encoding },
  };
  const document = documentOf({
    '/enc': { post: { operationId: 'enc', requestBody: { content: form }, ...answer({}) } },
  });

  test('tells nothing of a schema that no rule needs', () => {
    expect(problemsOf(document)).toEqual([]);
  });

  test('says of operations only that they may be refused where no policy says what is needed', () => {
    const [problem] = schemaProblems(document, null);
    expect(problem?.hint).toContain('every call of the operation may be refused with OPERATION_UNUSABLE');
  });
});
