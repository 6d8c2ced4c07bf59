import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { createTestAuthority } from '../tls/certificates.ts';
import { freshName, openVault, type TestVault, vaultsHere } from './open-vault.ts';

const authority = createTestAuthority();
const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const content = {
  'application/json': {
    schema: { type: 'object', properties: { id: { type: 'string' }, ssn: { type: 'string' } } },
  },
};
const answers = { 200: { description: 'ok', content } };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'People', version: '1' },
  paths: {
    '/people': { post: { operationId: 'add', security: [], requestBody: { content }, responses: answers } },
    '/people/{id}': {
      get: {
        operationId: 'read',
        security: [],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: answers,
      },
    },
  },
};

afterAll(() => authority?.close());

describe.each(vaultsHere())('data keys wrapped by Transit (%s)', (kind) => {
  let vault: TestVault;
  const doors: Door[] = [];
  const tlsServers: Server[] = [];
  beforeAll(async () => {
    vault = await openVault(kind);
  });
  afterAll(() => vault.close());
  afterEach(async () => {
    vault.restore();
    for (const door of doors.splice(0)) await door.close();
    for (const server of tlsServers.splice(0)) server.close().closeAllConnections();
  });

  /** A mount with a key, who may use it, and a file with one data key wrapped under it. */
  async function prepare(more: object = {}) {
    const mount = freshName();
    await vault.admin('POST', `sys/mounts/${mount}`, { type: 'transit' });
    await vault.admin('POST', `${mount}/keys/people`, more);
    await vault.admin('POST', `sys/policies/acl/${mount}`, {
      policy: `path "${mount}/decrypt/people" { capabilities = ["update"] }`,
    });
    return { mount, keys: JSON.stringify({ format: 1, keys: [await dataKey(mount, 1)] }) };
  }
  async function dataKey(mount: string, version: number): Promise<object> {
    const context = Buffer.from(`sallyport data key k1.${version}`).toString('base64');
    const { data } = await vault.admin('POST', `${mount}/datakey/wrapped/people`, { bits: 256, context });
    const wrapped = (data as { ciphertext: string }).ciphertext;
    return { name: 'k1', version, activeFrom: '2020-01-01T00:00:00.000Z', wrapped };
  }
  async function tokenFor(mount: string, more: object = {}): Promise<string> {
    const { auth } = await vault.admin('POST', 'auth/token/create', { policies: [mount], ttl: '1h', ...more });
    return (auth as { client_token: string }).client_token;
  }
  const policyOf = (mount: string, held = '', login = 'token: vault.token'): string =>
    `limits: []\nvault: { address: '${vault.address}', ${login} }\ndata: { encrypt: { fields: [ssn], record: [id, path.id], keys: { file: keys.json, vault: { key: people, mount: ${mount}${held} } } } }\n`;
  /** A door before an upstream that stores what it gets, by id. */
  async function open(policy: string, files: Record<string, string>, rows = new Map<string, string>()) {
    const door = await openDoor({
      document: DOCUMENT,
      policy,
      files,
      upstream(request, response) {
        const text = request.body.toString();
        if (request.method === 'POST') rows.set((JSON.parse(text) as { id: string }).id, text);
        response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end(rows.get(request.url.split('/')[2] ?? '') ?? text);
      },
    });
    doors.push(door);
    return {
      door,
      rows,
      write: (id: string) =>
        fetch(`${door.url}/people`, {
          method: 'POST',
          body: JSON.stringify({ id, ssn: `123-45-${id}` }),
          headers: { 'Content-Type': 'application/json' },
        }),
      read: (id: string) => fetch(`${door.url}/people/${id}`),
    };
  }
  const codeOf = async (response: Response): Promise<unknown[]> => [
    response.status,
    ((await response.json()) as { code?: string }).code,
  ];

  it('encrypts under a data key that Transit unwraps, and another process reads what was written', async () => {
    const { mount, keys } = await prepare();
    const files = { 'keys.json': keys, 'vault.token': `${await tokenFor(mount)}\n` };
    const one = await open(policyOf(mount), files);
    expect((await one.write('1')).status).toBe(200);
    expect(one.rows.get('1')).toMatch(/"ssn":"sp1\.k1\.1\.[A-Za-z0-9_-]+"/);
    const before = vault.asked.length;
    expect(await (await one.read('1')).json()).toEqual({ id: '1', ssn: '123-45-1' });
    expect(vault.asked.length).toBe(before);
    const two = await open(policyOf(mount), files, one.rows);
    expect(await (await two.read('1')).json()).toEqual({ id: '1', ssn: '123-45-1' });
    expect(one.door.logText() + two.door.logText()).not.toMatch(/123-45|sp1\.|vault:v|hvs\./);
  });

  it('each data key is bound to its name and version where the key is derived', async () => {
    const { mount, keys } = await prepare({ derived: true });
    const files = { 'vault.token': await tokenFor(mount) };
    const at = await open(policyOf(mount), { ...files, 'keys.json': keys });
    expect((await at.write('1')).status).toBe(200);
    await expect(
      open(policyOf(mount), { ...files, 'keys.json': keys.replace('"version":1', '"version":2') }),
    ).rejects.toMatchObject({ problems: [{ code: 'DATA_ENCRYPT_KEYS' }] });
  });

  it('with Vault away: what is held is read, nothing is written once its key is due, and its return is noticed', async () => {
    const { mount, keys } = await prepare();
    const files = { 'keys.json': keys, 'vault.token': await tokenFor(mount) };
    const at = await open(policyOf(mount, ', uses: 2'), files);
    vault.cut();
    expect([(await at.write('1')).status, (await at.write('2')).status]).toEqual([200, 200]);
    const seen = at.door.seen.length;
    expect(await codeOf(await at.write('3'))).toEqual([503, 'ENCRYPTED_KEY_UNAVAILABLE']);
    expect(at.door.seen.length).toBe(seen);
    // Nothing to encrypt, nothing to refuse.
    const without = { method: 'POST', body: '{"id":"4"}', headers: { 'Content-Type': 'application/json' } };
    expect((await fetch(`${at.door.url}/people`, without)).status).toBe(200);
    expect(await (await at.read('2')).json()).toEqual({ id: '2', ssn: '123-45-2' });
    await until(() => at.door.logText().includes('cannot be unwrapped; those at hand are used while they may be'));
    vault.restore();
    await until(() => at.door.logText().includes('can be unwrapped again'), 15_000);
    expect((await at.write('5')).status).toBe(200);
    expect(at.door.logText()).not.toMatch(/123-45|hvs\./);
  });

  it('a key that is taken away in Vault is taken away here', async () => {
    const { mount, keys } = await prepare();
    const files = { 'keys.json': keys, 'vault.token': await tokenFor(mount) };
    const at = await open(policyOf(mount, ', uses: 2'), files);
    await vault.admin('POST', `${mount}/keys/people/rotate`);
    await vault.admin('POST', `${mount}/keys/people/config`, { min_decryption_version: 2 });
    expect((await at.write('1')).status).toBe(200);
    expect((await at.write('2')).status).toBe(200);
    await until(() => at.door.logText().includes('a data key of fields is refused'));
    expect(await codeOf(await at.read('1'))).toEqual([503, 'ENCRYPTED_KEY_UNAVAILABLE']);
  });

  it('a reload takes new keys while Vault is away: what was held is read, and the rest once it is back', async () => {
    const { mount, keys } = await prepare();
    const at = await open(policyOf(mount), { 'keys.json': keys, 'vault.token': await tokenFor(mount) });
    expect((await at.write('1')).status).toBe(200);
    const second = await dataKey(mount, 2);
    writeFileSync(
      join(at.door.folder, 'keys.json'),
      JSON.stringify({ format: 1, keys: [...(JSON.parse(keys) as { keys: object[] }).keys, second] }),
    );
    vault.cut();
    expect(await at.door.gateway.reload()).toBeNull();
    expect(await (await at.read('1')).json()).toEqual({ id: '1', ssn: '123-45-1' });
    expect(await codeOf(await at.write('2'))).toEqual([503, 'ENCRYPTED_KEY_UNAVAILABLE']);
    vault.restore();
    await until(() => at.door.logText().includes('can be unwrapped again'), 15_000);
    expect((await at.write('2')).status).toBe(200);
    expect(at.rows.get('2')).toMatch(/sp1\.k1\.2\./);
    const metrics = await (await fetch(`http://127.0.0.1:${at.door.gateway.admin?.port}/metrics`)).text();
    expect(metrics).toContain('sallyport_data_keys_missing 0\n');
    expect(metrics).toContain('sallyport_data_keys_writable 1\n');
    expect(metrics).toMatch(/sallyport_data_key_unwraps_total\{answer="unavailable"\} \d/);
  });

  it('does not start where the key cannot be had, and says at which line why', async () => {
    const { mount, keys } = await prepare();
    const files = { 'keys.json': keys, 'vault.token': await tokenFor(mount) };
    const refused = { problems: [{ code: 'DATA_ENCRYPT_KEYS', line: 6 }] };
    const other = await prepare();
    await expect(open(policyOf(other.mount), files)).rejects.toMatchObject(refused);
    await expect(open(policyOf(other.mount), files)).rejects.toThrow('permission denied');
    // Nobody is told to make keys where there are some.
    await expect(open(policyOf(other.mount), files)).rejects.toThrow('Make no new file');
    await expect(open(policyOf(mount), { ...files, 'vault.token': 'nobody' })).rejects.toThrow('the login failed');
    vault.cut();
    await expect(open(policyOf(mount), files)).rejects.toMatchObject(refused);
  });

  it('logs in with AppRole, once for all that is asked', async () => {
    const { mount, keys } = await prepare();
    await vault.admin('POST', `sys/auth/${mount}`, { type: 'approle' });
    await vault.admin('POST', `auth/${mount}/role/door`, { token_policies: [mount], token_ttl: '1h' });
    const { data: role } = await vault.admin('GET', `auth/${mount}/role/door/role-id`);
    const { data: secret } = await vault.admin('POST', `auth/${mount}/role/door/secret-id`, {});
    const at = await open(
      policyOf(mount, ', uses: 1', `appRole: { roleId: role, secretId: secret, mount: ${mount} }`),
      {
        'keys.json': keys,
        role: (role as { role_id: string }).role_id,
        secret: (secret as { secret_id: string }).secret_id,
      },
    );
    const logins = (): number => vault.asked.filter((one) => one === `POST auth/${mount}/login`).length;
    expect(logins()).toBe(1);
    expect((await at.write('1')).status).toBe(200);
    const unwraps = (): number => vault.asked.filter((one) => one === `POST ${mount}/decrypt/people`).length;
    await until(() => unwraps() === 2);
    expect(logins()).toBe(1);
  });

  it.skipIf(authority === null)('holds the certificate against an authority of its own, and the name', async () => {
    if (authority === null) return;
    const { mount, keys } = await prepare();
    const target = new URL(vault.address);
    const serve = async (name: string): Promise<string> => {
      const { certificate, key } = authority.issue(name);
      const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
        const { method, url, headers } = incoming;
        const onward = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
          answer.pipe(outgoing);
        });
        incoming.pipe(onward);
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      tlsServers.push(server);
      return policyOf(mount)
        .replace(vault.address, `https://127.0.0.1:${(server.address() as AddressInfo).port}`)
        .replace('token:', 'ca: ca.pem, token:');
    };
    const files = { 'keys.json': keys, 'vault.token': await tokenFor(mount), 'ca.pem': authority.certificate };
    const policy = await serve('127.0.0.1');
    expect((await (await open(policy, files)).write('1')).status).toBe(200);
    await expect(open(policy.replace('ca: ca.pem, ', ''), files)).rejects.toThrow('the login failed');
    await expect(open(await serve('other.example'), files)).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID');
    await expect(open(policy.replace('ca.pem', 'none.pem'), files)).rejects.toMatchObject({
      problems: [{ code: 'POLICY_UNREADABLE', message: 'vault.ca cannot be read: there is no such file' }],
    });
  });

  // A real Vault asks the API server of a cluster whose token it is.
  if (kind === 'double')
    it('logs in with the service account of a pod', async () => {
      const { mount, keys } = await prepare();
      await vault.admin('POST', `sys/auth/${mount}`, { type: 'kubernetes' });
      await vault.admin('POST', `auth/${mount}/role/door`, { token_policies: [mount], jwt: 'of-the-pod' });
      const policy = policyOf(mount, '', `kubernetes: { role: door, mount: ${mount}, tokenFile: sa }`);
      const at = await open(policy, { 'keys.json': keys, sa: 'of-the-pod' });
      expect((await at.write('1')).status).toBe(200);
      await expect(open(policy, { 'keys.json': keys, sa: 'another' })).rejects.toThrow('the login failed');
    });

  it('data-keys makes, rotates and rewraps through Transit, and rewrap writes stored rows anew', {
    timeout: 120_000,
  }, async () => {
    const { mount } = await prepare();
    const door = await open('limits: []\n', { 'vault.token': vault.token });
    const { folder } = door.door;
    writeFileSync(
      join(folder, 'own.yaml'),
      `api: openapi.json\nupstream: http://127.0.0.1:1\n${policyOf(mount)}`.replace('id, path.id', 'id'),
    );
    const run = async (words: readonly string[], input = ''): Promise<string> => {
      const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, ...words, '--config', 'own.yaml'], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stdin.end(input);
      const code = await new Promise((done) => child.once('close', done));
      return `${String(code)} ${out}`;
    };
    const wrapped = (): string[] => readFileSync(join(folder, 'keys.json'), 'utf8').match(/vault:v\d+/g) ?? [];
    expect(await run(['data-keys', 'create'])).toMatch(/^0 made .*keys\.json with the key k[0-9a-f]{8}\.1/);
    expect(wrapped()).toEqual(['vault:v1']);
    const first = await run(
      ['rewrap', '--column', 'ssn', '--record', 'id', '--encrypt-clear'],
      '{"id":"1","ssn":"a"}\n',
    );
    expect(first).toMatch(/^0 \{"id":"1","ssn":"sp1\.k[0-9a-f]{8}\.1\./);
    await vault.admin('POST', `${mount}/keys/people/rotate`);
    expect(await run(['data-keys', 'rotate', '--after', '1ms'])).toMatch(/^0 .*\.2 is written under/);
    expect(wrapped()).toEqual(['vault:v1', 'vault:v2']);
    expect(await run(['data-keys', 'rewrap'])).toMatch(/^0 wrapped 2 data keys/);
    expect(wrapped()).toEqual(['vault:v2', 'vault:v2']);
    await vault.admin('POST', `${mount}/keys/people/config`, { min_decryption_version: 2 });
    const second = await run(['rewrap', '--column', 'ssn', '--record', 'id'], first.slice(2));
    expect(second).toMatch(/^0 \{"id":"1","ssn":"sp1\.k[0-9a-f]{8}\.2\./);
    const checked = await run(['check', '--summary']);
    expect(checked).toContain(
      `field encryption: data keys wrapped by Vault Transit key ${mount}/people at ${vault.address}`,
    );
    expect(checked).not.toContain(vault.token);
  });
});
