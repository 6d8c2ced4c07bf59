import { describe, expect, test } from 'vitest';
import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';
import { loadDocument } from './load-document.ts';
import { createMemoryReader } from './memory-document-reader.ts';

const HEAD = 'openapi: 3.1.0\ninfo: { title: T, version: "1" }\n';

function problemsOf(text: string, file = 'api.yaml'): readonly ConfigurationProblem[] {
  try {
    loadDocument(createMemoryReader({ [file]: text }), file);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function codesOf(text: string, file?: string): readonly string[] {
  return problemsOf(text, file).map((problem) => problem.code);
}

describe('a hostile document', () => {
  test('an alias bomb is refused by counting what it expands to', () => {
    let text = `${HEAD}x-0: &a0 [1,1,1,1,1,1,1,1,1,1]\n`;
    for (let level = 1; level < 12; level++)
      text += `x-${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(',')}]\n`;
    expect(codesOf(text)).toEqual(['DOCUMENT_TOO_LARGE']);
  });

  test('a value that contains itself is refused', () => {
    expect(codesOf(`${HEAD}x-loop: &a [*a]\n`)).toEqual(['DOCUMENT_TOO_LARGE']);
  });

  test.each([
    ['JSON', '{"openapi":"3.1.0","x-a":', '[', ']', '}'],
    ['YAML', 'x-a: ', '[', ']', ''],
  ])('a bracket bomb in %s is refused', (_, before, open, close, after) => {
    expect(codesOf(before + open.repeat(100_000) + close.repeat(100_000) + after)).toEqual(['DOCUMENT_TOO_LARGE']);
    expect(codesOf(before + open.repeat(100_000))).toEqual(['DOCUMENT_TOO_LARGE']);
  });

  test('a member named __proto__ is refused, with its line', () => {
    expect(problemsOf(`${HEAD}x-a:\n  __proto__: { admin: true }\n`)[0]).toMatchObject({
      code: 'DOCUMENT_KEY_FORBIDDEN',
      path: '/x-a/__proto__',
      line: 4,
    });
    expect(codesOf('{"openapi":"3.1.0","x-a":{"\\u005f_proto__":{}}}', 'api.json')).toContain('DOCUMENT_KEY_FORBIDDEN');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('members that every object inherits are no members', () => {
    const reader = createMemoryReader({
      'api.yaml': `${HEAD}paths:\n  /a:\n    get: { responses: { 200: { $ref: '#/constructor' } } }\n`,
    });
    expect(() => loadDocument(reader, 'api.yaml')).toThrow('DOCUMENT_REFERENCE_BROKEN');
  });

  test('repeated members are found, all of them, in JSON and YAML', () => {
    expect(problemsOf(`${HEAD}paths:\n  /a: {}\n  /b: {}\n  /a: {}\npaths: {}\n`)).toMatchObject([
      { code: 'DOCUMENT_KEY_DUPLICATE', path: '/paths/~1a', line: 6, column: 3 },
      { code: 'DOCUMENT_KEY_DUPLICATE', path: '/paths', line: 7, column: 1 },
    ]);
    expect(problemsOf('{"openapi":"3.0.0",\n"paths":{},\n"paths":{}}', 'api.json')).toMatchObject([
      { code: 'DOCUMENT_KEY_DUPLICATE', path: '/paths', line: 3, column: 1 },
    ]);
  });

  test('a syntax error is one problem with its line', () => {
    expect(problemsOf('{\n  "openapi": "3.0.0",\n  "paths": {,}\n}', 'api.json')).toMatchObject([
      { code: 'DOCUMENT_SYNTAX', line: 3, column: 13 },
    ]);
    expect(problemsOf('openapi: 3.0.0\npaths:\n  /a: [1\n')).toMatchObject([{ code: 'DOCUMENT_SYNTAX' }]);
    expect(problemsOf('')).toMatchObject([{ code: 'DOCUMENT_SYNTAX' }]);
    expect(problemsOf('openapi: 3.0.0\n---\nopenapi: 3.0.0\n')).toMatchObject([{ code: 'DOCUMENT_SYNTAX' }]);
  });

  test('a number that JSON cannot hold is refused', () => {
    expect(codesOf(`${HEAD}x-a: .inf\n`)).toEqual(['DOCUMENT_INVALID']);
    expect(codesOf('{"openapi":"3.1.0","x-a":1e999}', 'api.json')).toEqual(['DOCUMENT_INVALID']);
  });

  test('more problems than anybody reads are counted, not kept', () => {
    const paths = Array.from({ length: 1_200 }, (_, index) => `  p${index}: {}\n`).join('');
    const problems = problemsOf(`${HEAD}paths:\n${paths}`);
    expect(problems).toHaveLength(1_001);
    expect(problems.at(-1)).toMatchObject({
      code: 'DOCUMENT_PROBLEMS_OMITTED',
      message: expect.stringContaining('200 more') as string,
    });
  });

  test('references that double with every step end at once', () => {
    const steps = Array.from(
      { length: 60 },
      (_, index) => `    S${index}: { $ref: '#/components/schemas/S${index + 1}/a%25/b%25' }\n`,
    ).join('');
    const document = loadDocument(
      createMemoryReader({ 'api.yaml': `${HEAD}paths: {}\ncomponents:\n  schemas:\n${steps}` }),
      'api.yaml',
    );
    const broken = document.warnings.filter((warning) => warning.code === 'DOCUMENT_REFERENCE_BROKEN');
    expect(broken).toHaveLength(60);
  });

  test('a byte order mark is no part of the document', () => {
    expect(codesOf(`\ufeff${HEAD}paths: {}\n`)).toEqual([]);
    expect(codesOf('\ufeff{"openapi":"3.1.0","paths":{}}', 'api.json')).toEqual([]);
  });
});
