import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeHere, typeInProcess, type Outcome } from './testing/type-command.ts';

/** Keys and the audit trail as a user types them, over one real store. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-keys-'));
  writeFileSync(
    join(folder, 'openapi.yaml'),
    `openapi: 3.1.0
info: { title: Keys, version: '1' }
paths:
  /a: { get: { operationId: a, security: [{ key: ['a:read'] }], responses: { '200': { description: ok } } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-Key }, two: { type: apiKey, in: header, name: X-Two } } }
`,
  );
  writeFileSync(join(folder, 'sallyport.yaml'), 'authentication: { key: { keys: store } }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sallyport = (line: string, environment: Record<string, string> = {}): Promise<Outcome> => {
  const words = line.split(' ');
  return (words.includes('-') ? typeInProcess : typeHere)(words, { cwd: folder, environment });
};
const explained = async (key: string): Promise<string> =>
  (await sallyport('explain GET /a', { SALLYPORT_KEY: key })).stdout;

describe('sallyport explain', () => {
  it('with a key makes no store where there is none', async () => {
    const before = readdirSync(folder);
    expect(await explained('a-key-of-nobody')).toContain('AUTHN_KEY_UNKNOWN');
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('sallyport store reseal', () => {
  it('takes what is secret over to a new key, says how many rows, and then needs the old one no more', async () => {
    const policy = (key: string): void =>
      writeFileSync(
        join(folder, 'reseal.yaml'),
        `authentication: { key: { keys: store } }\nstore: { url: "sqlite:./reseal.db", key: ${key} }\n`,
      );
    writeFileSync(join(folder, 'old.key'), 'an old key that is long enough for it');
    writeFileSync(join(folder, 'new.key'), 'a new key that is also long enough for it');
    policy('old.key');
    await sallyport('keys create --id ci --owner billing --contact ops@example.com --config reseal.yaml');
    policy('[new.key, old.key]');
    const report = await sallyport('store reseal --config reseal.yaml');
    expect(report).toMatchObject({ status: 0, stderr: '' });
    expect(report.stdout).toMatch(
      /^Sealed under the key [\w-]{12}: 1 API key, 0 sessions, 0 signing keys\.\nThe other keys can be taken out of store\.key, on every node\.\n$/,
    );
    expect(JSON.parse((await sallyport('store reseal --json --config reseal.yaml')).stdout)).toMatchObject({
      keys: 0,
      unreadable: 0,
    });
    policy('new.key');
    expect((await sallyport('keys list --config reseal.yaml')).stdout).toContain('ci');
    expect((await sallyport('audit-trail verify --config reseal.yaml')).status).toBe(0);
    policy('old.key');
    const refused = await sallyport('keys list --config reseal.yaml');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('sallyport store reseal');
  });
});

describe('sallyport keys', () => {
  it('a life: created, used, rotated, revoked; the key is shown once, alone on standard output', async () => {
    const created = await sallyport(
      'keys create --id ci --owner billing --scope a:read --contact ops@example.com --expires 90d',
    );
    expect(created.status).toBe(0);
    expect(created.stdout).toMatch(/^sp_live_\w{39}\n$/);
    expect(created.stderr).toContain('sallyport.db.key');
    const key = created.stdout.trim();
    expect(created.stderr).not.toContain(key);
    expect(await explained(key)).toContain('passed on to the upstream');

    const rotated = await sallyport('keys rotate ci --id ci-2 --overlap 1h --json');
    expect(JSON.parse(rotated.stdout)).toMatchObject({ id: 'ci-2', owner: 'billing', replaces: 'ci' });
    expect(await explained(key)).toContain('passed on');
    expect(await explained((JSON.parse(rotated.stdout) as { key: string }).key)).toContain('passed on');

    expect(await sallyport('revoke --key ci')).toMatchObject({ status: 0, stdout: 'Revoked ci.\n' });
    expect(await sallyport('keys revoke ci')).toMatchObject({ status: 0, stdout: 'ci was revoked already.\n' });
    expect(await explained(key)).toContain('AUTHN_KEY_REVOKED');

    const all = await sallyport('keys list --all --json');
    expect(JSON.parse(all.stdout)).toMatchObject([
      { id: 'ci', state: 'revoked', contact: 'ops@example.com' },
      { id: 'ci-2', state: 'active', contact: 'ops@example.com' },
    ]);
    expect(all.stdout).not.toMatch(/sha256|[0-9a-f]{64}/);
    expect((await sallyport('keys list')).stdout).not.toMatch(/^ci /m);
    for (const file of ['sallyport.db', 'sallyport.db.key'])
      expect(readFileSync(join(folder, file), 'latin1')).not.toContain(key);
  });

  it('imports a file of keys, and reports every wrong line of one without importing any', async () => {
    const sha256 = createHash('sha256').update('an-old-key-of-ours').digest('hex');
    writeFileSync(join(folder, 'keys.yaml'), `keys:\n  - { id: old, sha256: ${sha256}, scopes: ['a:read'] }\n`);
    expect(await sallyport('keys import keys.yaml --owner team')).toMatchObject({
      status: 0,
      stdout: 'Imported 1 key.\n',
    });
    expect(await explained('an-old-key-of-ours')).toContain('passed on');
    expect((await sallyport('keys import keys.yaml')).status).toBe(2);
    writeFileSync(
      join(folder, 'bad.yaml'),
      `keys:\n  - { id: new, sha256: ${'1'.repeat(64)} }\n  - { id: wrong, sha256: hunter2 }\n`,
    );
    const missing = await sallyport('keys import nowhere.yaml');
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('there is no such file');
    expect(missing.stderr).toContain('the path is relative to where the command was typed');
    const bad = await sallyport('keys import bad.yaml');
    expect(bad).toMatchObject({ status: 2 });
    expect(bad.stderr).toMatch(/bad\.yaml:3:.*API_KEY_FILE_INVALID/);
    expect(bad.stderr).not.toContain('hunter2');
    expect((await sallyport('keys list')).stdout).not.toMatch(/^new /m);
  });

  it('reports keys that are about to expire or were not used for long, with exit code 1', async () => {
    await sallyport('keys create --id soon --owner o --expires 5d');
    await sallyport('keys create --id never --owner o --expires never');
    const expiring = await sallyport('keys list --expiring 30d --json');
    expect(expiring.status).toBe(1);
    expect((JSON.parse(expiring.stdout) as { id: string }[]).map(({ id }) => id)).toEqual(['soon']);
    expect((await sallyport('keys list')).stdout).toMatch(/^soon +expiring /m);
    expect((await sallyport('keys list --expiring 1h')).status).toBe(0);
    expect((await sallyport('keys list --unused 30d')).status).toBe(0);
    const unused = await sallyport('keys list --unused 1ms --owner o --json');
    expect(unused.status).toBe(1);
    expect((JSON.parse(unused.stdout) as { id: string }[]).map(({ id }) => id)).toEqual(['never', 'soon']);
  });

  it('gives a key limits of its own, shows, changes, carries over and removes them', async () => {
    const created = await sallyport(
      'keys create --id fast --owner partner --scope a:read --limit 100/min --limit 5/1s',
    );
    const key = created.stdout.trim();
    const limits = async (): Promise<unknown> =>
      (JSON.parse((await sallyport('keys list --all --json')).stdout) as { id: string; limits: unknown }[]).find(
        ({ id }) => id === 'fast',
      )?.limits;
    expect(await limits()).toEqual(['5/s', '100/m']);
    expect(await explained(key)).toMatch(/the key's own: 5\/s, 4 left\n +the key's own: 100\/m, 99 left/);
    expect((await sallyport('keys limit fast 7/h')).stdout).toBe('fast has 7/h.\n');
    await sallyport('keys rotate fast --id faster');
    expect((await sallyport('keys list')).stdout).toMatch(/^faster .*  7\/h +a:read$/m);
    expect((await sallyport('keys limit faster --none')).stdout).toBe(
      'faster has no limits of its own, and so has fast.\n',
    );
    expect(await limits()).toEqual([]);
    expect(await explained(key)).not.toContain("the key's own");
    writeFileSync(
      join(folder, 'limited.yaml'),
      `keys:\n  - { id: limited, sha256: ${'2b'.repeat(32)}, limits: [50/s burst 100] }\n`,
    );
    await sallyport('keys import limited.yaml');
    expect((await sallyport('keys list')).stdout).toMatch(/^limited .*50\/s burst 100/m);
  });

  it('warns of scopes that no operation asks for, with those that are, and makes the key all the same', async () => {
    const typed = await sallyport('keys create --owner o --scope a:raed --scope a:read --scope invoices');
    expect(typed.status).toBe(0);
    expect(typed.stdout).toMatch(/^sp_live_\w+\n$/);
    expect(typed.stderr).toContain('warning: no operation asks for the scope a:raed. Did you mean a:read?\n');
    expect(typed.stderr).toContain('warning: no operation asks for the scope invoices. Asked for are a:read.\n');
    expect(typed.stderr).not.toContain('the scope a:read.');
    expect((await sallyport('keys create --owner o --scope a:read')).stderr).not.toContain('warning');
    expect((await sallyport('keys create --owner o --admin --scope keys:read')).stderr).not.toContain('warning');
    writeFileSync(join(folder, 'odd.yaml'), `keys:\n  - { id: odd, sha256: ${'3c'.repeat(32)}, scopes: [a:wirte] }\n`);
    const imported = await sallyport('keys import odd.yaml');
    expect([imported.status, imported.stdout]).toEqual([0, 'Imported 1 key.\n']);
    expect(imported.stderr).toContain('the scope a:wirte');
  });

  it('makes no key with a role that the policy does not declare, where it declares any', async () => {
    writeFileSync(
      join(folder, 'roles.yaml'),
      "authentication: { key: { keys: store } }\nauthorization: { roles: { editor: ['a:read'] } }\n",
    );
    const refused = await sallyport('keys create --id odd-role --owner o --role editer --config roles.yaml');
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('the policy declares no role "editer"');
    expect((await sallyport('keys create --id role --owner o --role editor --config roles.yaml')).status).toBe(0);
    expect((await sallyport('keys create --id any-role --owner o --role editer')).status).toBe(0);
    const listed = JSON.parse((await sallyport('keys list --json')).stdout) as { id: string; roles: unknown }[];
    const made = listed.filter(({ id }) => id.endsWith('role')).map(({ id, roles }) => [id, roles]);
    expect(made).toEqual([
      ['any-role', ['editer']],
      ['role', ['editor']],
    ]);
  });

  it.each([
    ['warns', "roles: { editor: ['a:read'], auditor: ['a:read'] }", '', true],
    ['says nothing: the policy declares no roles', '', '', false],
    ['says nothing: the store grants roles', "roles: { editor: ['a:read'] }, grants: store", '', false],
    ['says nothing: roles are not asked for', "roles: { editor: ['a:read'] }", 'modes: { roles: off }', false],
    ['says nothing: the key has one', "roles: { editor: ['a:read'] }", '', false, ' --role editor'],
    ['says nothing: it is for the admin API', "roles: { editor: ['a:read'] }", '', false, ' --admin --scope keys:read'],
  ])('of a key without a role %s', async (_what, authorization, more, warns, role = '') => {
    writeFileSync(
      join(folder, 'no-role.yaml'),
      `authentication: { key: { keys: store } }\nauthorization: { ${authorization} }\n${more}\n`,
    );
    const made = await sallyport(`keys create --owner o --config no-role.yaml${role}`);
    expect(made.status).toBe(0);
    expect(made.stderr.includes('warning: the key has no role')).toBe(warns);
    if (warns) expect(made.stderr).toContain('with --role: editor, auditor\n');
  });

  it('knows scopes that the policy or a mark of the document asks for, and warns of those that neither does', async () => {
    writeFileSync(
      join(folder, 'marked.yaml'),
      `openapi: 3.1.0
info: { title: Keys, version: '1' }
paths:
  /a/{id}:
    get:
      operationId: a
      security: [{ key: [] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        '200':
          description: ok
          content: { application/json: { schema: { type: object, properties: { b: { type: string, x-sallyport-visible: ['scope:b:see', either, role:staff] } } } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-Key } } }
`,
    );
    writeFileSync(
      join(folder, 'marked-policy.yaml'),
      `api: marked.yaml
authentication: { key: { keys: store } }
data: { classes: { c: [d] }, visible: { c: ['scope:c:see'] }, writable: { c: ['scope:c:set'] } }
authorization: { ownership: { thing: { id: path.id, owner: 'response:/owner', unless: { scopes: ['things:all'] } } } }
`,
    );
    const create = (...scopes: string[]): Promise<Outcome> =>
      sallyport(`keys create --config marked-policy.yaml --owner o ${scopes.map((one) => `--scope ${one}`).join(' ')}`);
    const known = await create('b:see', 'either', 'c:see', 'c:set', 'things:all');
    expect([known.status, known.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
    expect((await create('c:sea')).stderr).toContain('no operation asks for the scope c:sea. Did you mean c:see?');
    expect((await create('staff')).stderr).toContain('no operation asks for the scope staff.');
  });

  it.each([
    ['keys create', "'--owner <name>' not specified"],
    ['keys create --owner o --expires 2020-01-01T00:00:00Z', 'passed already'],
    ['keys create --owner o --address 10.0.0.1/8', 'bits set'],
    ['keys create --owner o --address 0.0.0.0/0', 'nearly everybody'],
    ['keys create --owner o --scope a"b', 'RFC 6749'],
    ['keys create --owner o --env LIVE', 'a-z'],
    ['keys create --owner o --admin', 'an admin key needs scopes; these are: keys:read'],
    ['keys create --owner o --admin --scope a:read', 'an admin key needs scopes'],
    ['keys create --owner o --admin --scope keys:read --scheme key', 'belongs to no security scheme'],
    ['keys create --owner o --scheme two', 'no security scheme whose keys are in the store'],
    ['keys create --owner o --id ci', 'there already'],
    ['keys create --owner o --limit 100/20m', 'Take one of 1s, 5s'],
    ['keys create --owner o --limit 1/m --limit 2/m', 'two limits of a key have one window'],
    ['keys limit nobody 1/m', 'there is no key nobody in use'],
    ['keys limit never', 'write the limits that the key is to have, or --none'],
    ['keys limit never 1/m --none', 'write the limits that the key is to have, or --none'],
    ['keys limit never 1', 'Expected a rate'],
    ['keys rotate nobody', 'there is no key'],
    ['keys lsit', 'unknown command'],
    ['audit-trail verify --head x', 'SEQUENCE:HASH'],
    ['audit-trail verify --head x0:', 'SEQUENCE:HASH'],
    ['audit-trail verify --head 1:0', 'SEQUENCE:HASH'],
    ['audit-trail list --after x1', 'Expected the number of a row'],
  ])('%s is refused with exit code 2 and what to do', async (line, said) => {
    const { status, stdout, stderr } = await sallyport(line);
    expect(stderr).toContain(said);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('sallyport revoke', () => {
  it('a life: revoked, listed, lifted; the token stands nowhere', async () => {
    const revoked = await sallyport('revoke --json', { SALLYPORT_TOKEN: 'a-secret-token' });
    expect(revoked.status).toBe(0);
    const { id } = JSON.parse(revoked.stdout) as { id: string };
    await sallyport('revoke --subject alice --reason left --expires 30d');
    const list = await sallyport('revocations list --json');
    expect(JSON.parse(list.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id, kind: 'token', value: null, state: 'active' }),
        expect.objectContaining({ kind: 'subject', value: 'alice', reason: 'left' }),
      ]),
    );
    expect(await sallyport(`revocations lift ${id}`)).toMatchObject({ status: 0, stdout: `Lifted ${id}.\n` });
    expect((await sallyport('revocations list')).stdout).not.toContain(id);
    expect((await sallyport('revocations list --all')).stdout).toMatch(new RegExp(`^${id} +lifted`, 'm'));
    for (const { stdout, stderr } of [revoked, list, await sallyport('audit-trail list')])
      expect(stdout + stderr).not.toMatch(/a-secret-token|[0-9a-f]{64}/);
    expect(readFileSync(join(folder, 'sallyport.db'), 'latin1')).not.toContain('a-secret-token');
  });

  it.each([
    ['revoke', 'name one thing to revoke'],
    ['revoke --subject a --jti b', 'name one thing to revoke'],
    ['revoke --subject a --issuer https://id.example', 'no such issuer; these are: key'],
    ['revoke --certificate 01', 'it names no authorities in listen.tls.clientCertificates'],
    ['revoke --token-file gone.txt', 'cannot be read: there is no such file'],
    ['revoke --token-file -', 'is empty'],
    ['revocations lift nobody', 'there is no revocation nobody'],
  ])('%s is refused with exit code 2 and what to do', async (line, said) => {
    const { status, stdout, stderr } = await sallyport(line);
    expect(stderr).toContain(said);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('a store of an earlier version', () => {
  const version = (set?: string): unknown => {
    const database = new DatabaseSync(join(folder, 'sallyport.db'));
    const [row] = database.prepare("SELECT value FROM sallyport_meta WHERE name = 'version'").all();
    if (set !== undefined) database.prepare("UPDATE sallyport_meta SET value = ? WHERE name = 'version'").run(set);
    database.close();
    return row?.['value'];
  };

  it('is not brought up to date by explain, which says so', async () => {
    const newest = version();
    version('1');
    const { status, stderr } = await sallyport('explain GET /a', { SALLYPORT_KEY: 'a-key' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/STORE_UNUSABLE an earlier version of Sallyport wrote the store/);
    expect(version(String(newest))).toBe('1');
  });
});

describe('sallyport audit-trail', () => {
  it('tells who did what, and that a row was changed', async () => {
    const { stdout } = await sallyport('audit-trail list --json');
    const rows = JSON.parse(stdout) as { act: string; target: string; actor: string }[];
    expect(rows.slice(0, 4).map(({ act, target }) => `${act} ${target}`)).toEqual([
      'key.create ci',
      'key.rotate ci',
      'key.revoke ci',
      'key.import key',
    ]);
    expect(rows[0]?.actor).toMatch(/^cli:.+@.+/);
    const [second] = (await sallyport('audit-trail list --after 1')).stdout.split('\n');
    expect(second).toMatch(/^2 {2}\d{4}-\S+Z {2}cli:\S+ {2}key\.rotate {2}ci {2}\{.*\}$/);
    const whole = await sallyport('audit-trail verify');
    expect(whole).toMatchObject({ status: 0 });
    expect(whole.stdout).toContain(' rows, whole; ');
    const head = /head is (\S+)/.exec(whole.stdout)?.[1];
    await sallyport('keys create --owner later');
    expect((await sallyport(`audit-trail verify --head ${head}`)).status).toBe(0);

    const database = new DatabaseSync(join(folder, 'sallyport.db'));
    database.exec(
      "DROP TRIGGER sallyport_audit_update; UPDATE sallyport_audit SET actor = 'nobody' WHERE sequence = 2",
    );
    database.close();
    const changed = await sallyport('audit-trail verify');
    expect(changed.status).toBe(1);
    expect(changed.stdout).toContain('row 2: the row was changed');
    expect(changed.stdout).toContain(' rows, 1 faults; ');
  });

  it('takes back every head that it told, also that of a trail without rows, and exits with 1 where it is another one', async () => {
    writeFileSync(
      join(folder, 'bare.yaml'),
      'authentication: { key: { keys: store } }\nstore: { url: "sqlite:./bare.db" }\n',
    );
    const verify = (more = ''): Promise<Outcome> => sallyport(`audit-trail verify --config bare.yaml${more}`);
    const bare = await verify();
    expect(bare).toMatchObject({ status: 0, stdout: '0 rows, whole; the head is 0:\n' });
    expect(await verify(' --head 0:')).toMatchObject({ status: 0, stdout: bare.stdout });
    await sallyport('keys create --id first --owner o --config bare.yaml');
    expect((await verify(' --head 0:')).status).toBe(0);
    const { head } = JSON.parse((await verify(' --json')).stdout) as { head: { sequence: number; hash: string } };
    expect(head).toMatchObject({ sequence: 1 });
    expect((await verify(` --head 1:${head.hash}`)).status).toBe(0);
    const other = await verify(` --head 1:${'0'.repeat(64)}`);
    expect([other.status, other.stdout]).toEqual([
      1,
      expect.stringContaining('row 1: the row is not the one that was noted'),
    ]);
    const put = await verify(` --json --head 2:${head.hash}`);
    expect(put.status).toBe(1);
    expect(JSON.parse(put.stdout)).toMatchObject({ whole: false, faults: [{ sequence: 2 }] });
  });
});
