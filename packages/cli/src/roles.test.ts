import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeHere, type Outcome } from './testing/type-command.ts';

/** Roles as a user types them, over one real store. */
const DOCUMENT = `openapi: 3.1.0
info: { title: Roles, version: '1' }
paths:
  /invoices:
    get: { operationId: listInvoices, tags: [billing], security: [{ token: [] }, { key: [] }], responses: { '200': { description: ok } } }
    post: { operationId: writeInvoice, tags: [billing], security: [{ token: [] }], responses: { '200': { description: ok } } }
  /users: { get: { operationId: listUsers, security: [{ token: [] }], responses: { '200': { description: ok } } } }
components:
  securitySchemes: { token: { type: http, scheme: bearer }, key: { type: apiKey, in: header, name: X-Key } }
`;
const ISSUER = 'https://id.example.com/';
const POLICY = `authentication:
  token: { issuer: '${ISSUER}', audience: api }
  key: { keys: store }
authorization:
  grants: store
  roles:
    viewer: [listInvoices]
    clerk:
      inherits: [viewer]
      permissions: [writeInvoice]
    admin: ['*']
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-roles-'));
  writeFileSync(join(folder, 'openapi.yaml'), DOCUMENT);
  writeFileSync(join(folder, 'sallyport.yaml'), POLICY);
  mkdirSync(join(folder, 'none'));
  writeFileSync(join(folder, 'none', 'openapi.yaml'), DOCUMENT);
  writeFileSync(
    join(folder, 'none', 'sallyport.yaml'),
    `authentication: { token: { issuer: '${ISSUER}', audience: api }, key: { keys: store } }\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sallyport = (words: readonly string[], cwd = folder): Promise<Outcome> => typeHere(words, { cwd });
const roles = (...words: readonly string[]): Promise<Outcome> => sallyport(['roles', ...words]);
async function explained(subject: string, line: string): Promise<string> {
  writeFileSync(join(folder, 'who.json'), JSON.stringify({ subject, issuer: ISSUER }));
  return (await sallyport(['explain', ...line.split(' '), '--as', 'who.json'])).stdout;
}

describe('sallyport roles', () => {
  it('a life: granted, explained, listed, renewed, taken back, and all of it in the audit trail', {
    timeout: 120_000,
  }, async () => {
    expect(await explained('ada', 'POST /invoices')).toContain('AUTHZ_ROLE_MISSING');
    expect(
      await roles(
        'grant',
        'ada',
        'clerk',
        '--issuer',
        ISSUER,
        '--expires',
        '30d',
        '--reason',
        'closing of the quarter',
      ),
    ).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Granted clerk to ada of https:.*, until 20/) as string,
    });
    const told = await explained('ada', 'POST /invoices');
    expect(told).toContain('roles: clerk, viewer');
    expect(told).toContain('passed on to the upstream');
    expect(await explained('bob', 'POST /invoices')).toContain('any of the roles clerk, admin');
    expect((await roles('list')).stdout).toMatch(/^ada +clerk +active +20\d\d-\d\d-\d\d +never +https:.* closing of/m);
    expect((await roles('grant', 'ada', 'clerk', '--issuer', ISSUER)).stdout).toMatch(/^Renewed .*, for good\.$/m);
    expect(JSON.parse((await roles('list', '--subject', 'ada', '--json')).stdout)).toMatchObject([
      { subject: 'ada', role: 'clerk', issuer: ISSUER, state: 'active', expires: null, reason: null },
    ]);
    expect(await roles('revoke', 'ada', 'clerk', '--issuer', ISSUER)).toMatchObject({
      status: 0,
      stdout: `Took clerk back from ada of ${ISSUER}.\n`,
    });
    expect((await roles('revoke', 'ada', 'clerk', '--issuer', ISSUER)).stdout).toContain('already');
    expect(await explained('ada', 'POST /invoices')).toContain('AUTHZ_ROLE_MISSING');
    expect(JSON.parse((await roles('list', '--json')).stdout)).toEqual([]);
    expect((await roles('list', '--all')).stdout).toMatch(/^ada +clerk +revoked/m);
    const trail = await sallyport(['audit-trail', 'list']);
    for (const act of ['role.grant', 'role.renew', 'role.revoke']) expect(trail.stdout).toContain(`${act}  ada`);
  });

  it.each([
    [['grant', 'ada', 'clrek', '--issuer', ISSUER], 'is "clerk" meant?'],
    [['grant', 'ada', 'clerk'], `name it with --issuer: ${ISSUER}, key`],
    [['grant', 'ada', 'clerk', '--issuer', 'https://id.example.org/'], `is ${ISSUER} meant?`],
    [['grant', 'ada', 'clerk', '--issuer', ISSUER, '--expires', 'yesterday'], 'Write how long'],
    [['grant', 'ada', 'a,b', '--issuer', ISSUER], 'without comma'],
    [['revoke', 'nobody', 'clerk', '--issuer', ISSUER], 'never granted'],
  ])('%j cannot run: %s', async (words, message) => {
    const { status, stderr } = await roles(...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('grants nothing where the policy takes no roles from the store', async () => {
    const { status, stderr } = await sallyport(['roles', 'grant', 'ada', 'clerk'], join(folder, 'none'));
    expect([status, stderr]).toEqual([2, expect.stringContaining('grants: store')]);
  });

  it('makes no key with a role that the policy does not declare', async () => {
    const words = ['keys', 'create', '--owner', 'ops', '--role', 'admn'];
    const { status, stderr } = await sallyport(words);
    expect([status, stderr]).toEqual([2, expect.stringContaining('Did you mean admin?')]);
    expect((await sallyport(words, join(folder, 'none'))).status).toBe(0);
  });

  it('imports no key with a role that the policy does not declare, and says where it stands', async () => {
    const keys = `keys:\n  - { id: ci, sha256: ${'ab'.repeat(32)}, subject: ci, roles: [clerk, admn] }\n`;
    for (const where of [folder, join(folder, 'none')]) writeFileSync(join(where, 'keys.yaml'), keys);
    const words = ['keys', 'import', 'keys.yaml'];
    const { status, stderr } = await sallyport(words);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/keys\.yaml:2:\d+ API_KEY_FILE_INVALID there is no such role/),
    ]);
    expect(stderr).toContain('Did you mean admin?');
    expect((await sallyport(words, join(folder, 'none'))).status).toBe(0);
  });

  it('reviews: wildcards, unused roles and permissions with their lines, and stale grants with the command', async () => {
    const record = (operation: string, ...held: readonly string[]): string =>
      JSON.stringify({
        '@timestamp': '2026-11-01T00:00:00.000Z',
        'event.dataset': 'sallyport.access',
        'event.action': operation,
        'user.roles': held,
        sallyport: { verdict: 'passed' },
      });
    writeFileSync(
      join(folder, 'access.log'),
      `${record('listInvoices', 'clerk', 'viewer')}\n${record('listUsers', 'admin')}\n`,
    );
    await roles('grant', "o'hara", 'viewer', '--issuer', ISSUER);
    const found = await roles('review', '--log', 'access.log', '--unseen', '1ms');
    expect(found.status).toBe(1);
    expect(
      found.stdout.replaceAll(/20\d\d-\d\d-\d\d(?!T)/g, 'DAY'),
    ).toBe(`1 grant in the store; 2 requests from 2026-11-01T00:00:00.000Z to 2026-11-01T00:00:00.000Z

sallyport.yaml:10:21 permission-unused clerk: writeInvoice: nobody with the role called what it covers
  - writeInvoice

sallyport.yaml:11:13 wildcard admin: *: covers 3 operations, and whatever the document adds; 1 of them was used
  - *
  + listUsers

grant-unseen viewer of o'hara (https://id.example.com/): the subject was never seen since DAY
  sallyport roles revoke 'o'\\''hara' viewer --issuer https://id.example.com/

3 findings
`);
    const json = JSON.parse((await roles('review', '--log', 'access.log', '--json')).stdout) as { findings: unknown };
    expect(json).toMatchObject({
      grants: 1,
      traffic: { requests: 2, withRoles: 2, unreadable: 0 },
      findings: [
        {
          kind: 'permission-unused',
          role: 'clerk',
          at: { line: 10, path: '/authorization/roles/clerk/permissions/0' },
        },
        { kind: 'wildcard', remove: '*', write: ['listUsers'] },
      ],
    });
  });

  it('reviews nothing over records that say nothing, and finds nothing where there is nothing', async () => {
    writeFileSync(join(folder, 'empty.log'), '{"event.dataset":"sallyport.process"}\n');
    expect(await roles('review', '--log', 'empty.log')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no access record') as string,
    });
    expect((await sallyport(['roles', 'review'], join(folder, 'none'))).status).toBe(2);
    const well = join(folder, 'well');
    mkdirSync(well);
    writeFileSync(join(well, 'openapi.yaml'), DOCUMENT);
    writeFileSync(
      join(well, 'sallyport.yaml'),
      `authentication: { token: { issuer: '${ISSUER}', audience: api }, key: { keys: store } }\nauthorization: { roles: { viewer: [listInvoices] } }\n`,
    );
    expect(await sallyport(['roles', 'review'], well)).toMatchObject({ status: 0, stderr: '' });
  });
});
