import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../json/json-value.ts';
import { corpusPath } from '../testing/corpora.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { JsonSchemaResolver } from './testing/json-schema-resolver.ts';
import { KNOWN_DIFFERENCES } from './testing/json-schema-suite-differences.ts';

interface Group {
  readonly description: string;
  readonly schema: JsonValue;
  readonly tests: readonly { readonly description: string; readonly data: JsonValue; readonly valid: boolean }[];
}

const root = corpusPath('json-schema');
const META = [
  'schema',
  'meta/applicator',
  'meta/content',
  'meta/core',
  'meta/format-annotation',
  'meta/meta-data',
  'meta/unevaluated',
  'meta/validation',
];
const UNBOUNDED = { maxDepth: 1000, maxKeys: 100_000 };

function files(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort();
}

function readJson(file: string): JsonValue {
  return JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
}

/** What the schemas of the suite may refer to. */
function commonSchemas(folder: string): JsonSchemaResolver {
  const require = createRequire(import.meta.url);
  const common = new JsonSchemaResolver();
  for (const name of META)
    common.add(
      `https://json-schema.org/draft/2020-12/${name}`,
      require(`ajv/dist/refs/json-schema-2020-12/${name}.json`) as JsonValue,
    );
  for (const file of files(join(folder, 'remotes'), '.json'))
    common.add(`http://localhost:1234/${file}`, readJson(join(folder, 'remotes', file)));
  return common;
}

/** `file > group > test` for each test of a file of the suite on which the compiler and the suite differ. */
function differences(file: string, groups: readonly Group[], common: JsonSchemaResolver): string[] {
  const found: string[] = [];
  for (const group of groups) {
    const resolver = new JsonSchemaResolver(common);
    const source = resolver.add('http://suite.example/schema.json', group.schema);
    const compiler = createSchemaCompiler(resolver);
    for (const { description, data, valid } of group.tests) {
      const name = `${file} > ${group.description} > ${description}`;
      try {
        const byValue = compiler.value(source, 'request')(data) === null;
        const bytes = new TextEncoder().encode(JSON.stringify(data));
        const byBytes = compiler.json(source, 'request', 'as-declared', UNBOUNDED)(bytes).ok;
        if (byValue !== valid) found.push(name);
        else if (byBytes !== valid) found.push(`bytes: ${name}`);
      } catch (error) {
        found.push(`${name} (${error instanceof Error ? error.name : 'error'})`);
      }
    }
  }
  return found;
}

describe.skipIf(root === null)('the JSON Schema test suite, draft 2020-12 with optional parts and formats', () => {
  const folder = root ?? '';
  const suite = root === null ? [] : files(join(folder, 'draft2020-12'), '.json');
  const common = root === null ? new JsonSchemaResolver() : commonSchemas(folder);
  const known = KNOWN_DIFFERENCES.flatMap(({ cases }) => cases);
  const fileOf = (name: string): string => name.replace(/^bytes: /, '').split(' > ')[0] ?? '';

  // One test a file: a machine that is busy takes its time for all of them.
  test.each(suite)('%s holds for every case but those listed with a reason', (file) => {
    const groups = readJson(join(folder, 'draft2020-12', file)) as unknown as readonly Group[];
    expect(differences(file, groups, common)).toEqual(known.filter((name) => fileOf(name) === file));
  });

  test('every difference that is listed is of a file of the suite', () => {
    expect(known.filter((name) => !suite.includes(fileOf(name)))).toEqual([]);
  });
});
