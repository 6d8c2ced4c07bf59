import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeHere, type Outcome } from './testing/type-command.ts';

/** The commands about attribute policies as a user types them: output and exit code. */
let folder: string;

const sallyport = (...words: readonly string[]): Promise<Outcome> => typeHere(words, { cwd: folder });

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
  write(
    'openapi.yaml',
    `openapi: 3.1.0
info: { title: Things, version: '1' }
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { '200': { description: ok } }
`,
  );
  write('sallyport.yaml', 'admin: off\nauthorization: { policies: things.cedar }\n');
  write(
    'things.cedar',
    `@id("few") permit(principal, action == Action::"getThing", resource) when { resource.path.id < 10 };
@id("never") forbid(principal, action, resource) when { context.hour > 5 && context.hour < 3 };
`,
  );
  write(
    'things.test.yaml',
    `tests:
  - { name: one, given: { operation: getThing, path: { id: 1 } }, expect: allow by few }
  - { name: many, given: { operation: getThing, path: { id: 11 } }, expect: allow }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sallyport test-policies', () => {
  it('tells which tests are answered otherwise than expected, and exits with 1', async () => {
    const { status, stdout } = await sallyport('test-policies', 'things.test.yaml');
    expect(status).toBe(1);
    expect(stdout).toBe(
      '✓ one\n✗ many (things.test.yaml:3)\n  expected allow, and it is deny by default\n\ndecided in no test: never\n\n2 tests, 1 failed\n',
    );
  });

  it('exits with 0 where all is as expected, and prints JSON for programs', async () => {
    write('good.test.yaml', 'tests: [{ given: { operation: getThing, path: { id: 1 } }, expect: allow }]');
    const { status, stdout } = await sallyport('test-policies', '--json', 'good.test.yaml');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      tests: 1,
      failed: 0,
      results: [{ name: 'test 1', passed: true, determining: ['few'] }],
      untested: ['never'],
    });
  });

  it('exits with 2 over a test that asks for what cannot exist, and over a file that is not there', async () => {
    write('bad.test.yaml', 'tests: [{ given: { operation: getThing, path: { ident: 1 } }, expect: deny }]');
    const bad = await sallyport('test-policies', 'bad.test.yaml');
    expect(bad.status).toBe(2);
    expect(bad.stderr).toMatch(/^bad\.test\.yaml:1:\d+ CEDAR_TEST_INVALID there is no such name here/);
    const gone = await sallyport('test-policies', 'gone.yaml');
    expect([gone.status, gone.stderr]).toEqual([2, 'sallyport: gone.yaml cannot be read: there is no such file\n']);
  });
});

it('sallyport check warns of a policy that can never hold, and explain tells which one permits', async () => {
  const check = await sallyport('check');
  expect(check.status).toBe(0);
  expect(check.stdout).toContain('a permit is needed: 1 policy can give one; 1 policy can forbid');
  expect(check.stdout).toContain('warning things.cedar:2:1 CEDAR_NEVER_HOLDS the policy "never" can never hold');
  const explain = await sallyport('explain', 'GET', '/things/3');
  expect(explain.status).toBe(0);
  expect(explain.stdout).toContain('permitted by few');
  expect((await sallyport('explain', 'GET', '/things/30')).stdout).toContain('AUTHZ_PERMIT_MISSING (policies)');
});

it('sallyport cedar-schema prints what policies can ask for', async () => {
  const text = await sallyport('cedar-schema');
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(/entity GetThing = \{[^}]*path: \{\s+id: __cedar::Long/);
  const json = await sallyport('cedar-schema', '--json');
  expect(Object.keys((JSON.parse(json.stdout) as Record<string, object>)[''] ?? {})).toEqual([
    'entityTypes',
    'actions',
  ]);
});
