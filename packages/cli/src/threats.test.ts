import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeHere, type Outcome } from './testing/type-command.ts';

/** Texts as their schemas leave them free or do not, through the whole door. */
const SCHEMAS = {
  branches: { anyOf: [{ properties: { a: { type: 'integer' } } }, { properties: { b: { type: 'string' } } }] },
  patterns: { patternProperties: { '^x-': { enum: ['a'] } } },
  items: { type: 'array', prefixItems: [{ enum: ['a'] }] },
  condition: { if: { properties: { a: { const: 'US' } }, required: ['a'] }, then: { required: ['zip'] } },
  callback: { properties: { url: { type: 'string', format: 'uri' } } },
  address: { properties: { a: { type: 'string', format: 'email' } } },
  closed: { oneOf: [{ properties: { a: { enum: ['x'] } } }, { properties: { a: { const: 1 } } }] },
};
const paths = Object.fromEntries(
  Object.entries(SCHEMAS).map(([name, schema]) => [
    `/${name}`,
    {
      post: {
        operationId: name,
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: { 200: { description: 'ok' } },
      },
    },
  ]),
);
const INJECTION = "1' OR '1'='1' --";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-threats-'));
  const document = { openapi: '3.1.0', info: { title: 'Texts', version: '1' }, paths };
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    'upstream: http://127.0.0.1:1\nrequests: { undeclaredProperties: as-declared }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explain = (operation: string, body: unknown): Promise<Outcome> => {
  writeFileSync(join(folder, 'body.json'), JSON.stringify(body));
  const words = ['explain', 'POST', `/${operation}`, '--body', 'body.json', '--api', 'openapi.json', '--json'];
  return typeHere(words, { cwd: folder });
};

describe('explain', () => {
  it.each([
    ['branches', { b: 'x', a: INJECTION }],
    ['patterns', { foo: INJECTION }],
    ['items', ['a', INJECTION]],
    ['condition', { a: INJECTION }],
    ['address', { a: "'or'1'='1'@a.bc" }],
  ])('tells that an injection is refused that the schema of %s allows', async (operation, body) => {
    const { stdout, stderr } = await explain(operation, body);
    expect([stderr, JSON.parse(stdout)]).toMatchObject(['', { verdict: 'denied', code: 'THREAT_DETECTED' }]);
  });

  it('tells what to write where a URI may lead within', async () => {
    const { stdout } = await explain('callback', { url: 'http://build:8080/' });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'denied', code: 'THREAT_DETECTED' });
    expect(stdout).toContain('body /url: ssrf 6 (a name of the local network)');
    expect(JSON.stringify(JSON.parse(stdout))).toContain(
      'threats.exceptions: [{ field: \\"body:/url\\", hosts: [HOST] }]',
    );
  });

  it('tells that what each alternative confines is not looked into, and refused by its schema', async () => {
    const { stdout } = await explain('closed', { a: INJECTION });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'denied', code: 'BODY_INVALID' });
    expect(stdout).toContain('not looked into: body /a, an enum');
  });
});
