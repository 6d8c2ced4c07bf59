import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { freshName, openVault, type TestVault, vaultsHere } from './open-vault.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Secrets', version: '1' },
  components: { securitySchemes: { opaque: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/a': {
      get: {
        operationId: 'a',
        security: [{ opaque: [] }],
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
  },
};

describe.each(vaultsHere())('secrets of the policy in Vault (%s)', (kind) => {
  let vault: TestVault;
  /** An issuer that is asked about each token; what the door proved itself with, in order. */
  let issuer: Server;
  let shown: string[];
  const doors: Door[] = [];
  beforeAll(async () => {
    vault = await openVault(kind);
  });
  afterAll(() => vault.close());
  beforeEach(async () => {
    shown = [];
    issuer = createServer((request, response) => {
      shown.push(Buffer.from((request.headers.authorization ?? '').slice('Basic '.length), 'base64').toString());
      request.resume();
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({ active: true, aud: 'api', sub: 'anna', exp: Date.now() / 1000 + 60, token_type: 'Bearer' }),
      );
    });
    await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done));
  });
  afterEach(async () => {
    vault.restore();
    for (const door of doors.splice(0)) await door.close();
    issuer.closeAllConnections();
    await new Promise((done) => issuer.close(done));
  });

  async function mount(type: 'kv-v2' | 'kv-v1' | 'leased', more: object = {}): Promise<string> {
    const name = freshName();
    const version = type === 'kv-v2' ? '2' : '1';
    await vault.admin(
      'POST',
      `sys/mounts/${name}`,
      type === 'leased' ? { type, ...more } : { type: 'kv', options: { version } },
    );
    return name;
  }
  const put = (name: string, type: string, data: object): Promise<unknown> =>
    type === 'kv-v2' ? vault.admin('POST', `${name}/data/door`, { data }) : vault.admin('POST', `${name}/door`, data);
  const policyOf = (reference: string, more = ''): string =>
    `limits: []
vault: { address: '${vault.address}', token: '\${file:vault.token}'${more} }
authentication:
  opaque:
    introspection: { endpoint: 'http://127.0.0.1:${(issuer.address() as AddressInfo).port}/', clientId: door, clientSecret: '${reference}', cache: 0s }
    audience: api
`;
  async function open(policy: string, document: object = DOCUMENT): Promise<Door> {
    const door = await openDoor({ document, policy, files: { 'vault.token': vault.token } });
    doors.push(door);
    return door;
  }
  const ask = (door: Door): Promise<Response> =>
    fetch(`${door.url}/a`, { headers: { Authorization: `Bearer ${freshName()}` } });

  it.each(['kv-v2', 'kv-v1'] as const)(
    'a secret of %s is used where it is referred to, and told nowhere',
    async (type) => {
      const name = await mount(type);
      await put(name, type, { clientSecret: 'first-secret', other: 'x' });
      const door = await open(policyOf(`\${vault:${name}/door#clientSecret}`));
      expect((await ask(door)).status).toBe(200);
      expect(shown).toEqual(['door:first-secret']);
      const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
      expect(metrics).toContain('sallyport_vault_secrets 1\n');
      expect(metrics + door.logText() + JSON.stringify(door.gateway.plan.policy)).not.toContain('first-secret');
      expect(door.logText()).not.toContain(vault.token);
    },
  );

  it('another value is taken without a restart, and no exchange is lost over it', async () => {
    const name = await mount('kv-v2');
    await put(name, 'kv-v2', { clientSecret: 'first-secret' });
    const door = await open(policyOf(`\${vault:${name}/door#clientSecret}`, ', refresh: 1s'));
    expect((await ask(door)).status).toBe(200);
    await put(name, 'kv-v2', { clientSecret: 'second-secret' });
    const statuses = new Set<number>();
    while (shown.at(-1) !== 'door:second-secret') statuses.add((await ask(door)).status);
    expect([...statuses]).toEqual([200]);
    expect(door.logText()).toContain('a secret of Vault is another one now');
    expect(door.logText()).not.toMatch(/first-secret|second-secret/);
  });

  it('does not start without it, and says at which line why', async () => {
    const name = await mount('kv-v2');
    await put(name, 'kv-v2', { clientSecret: 'first-secret', port: 5432 });
    const problemOf = (message: string) => ({
      problems: expect.arrayContaining([
        expect.objectContaining({
          code: 'POLICY_REFERENCE_UNRESOLVED',
          line: 8,
          message: expect.stringContaining(message) as string,
        }),
      ]) as unknown,
    });
    const start = (reference: string): Promise<Door> => open(policyOf(reference));
    await expect(start(`\${vault:${name}/none#clientSecret}`)).rejects.toMatchObject(problemOf('not there'));
    await expect(start(`\${vault:${name}/door#none}`)).rejects.toMatchObject(problemOf('it has no field none'));
    await expect(start(`\${vault:${name}/door#port}`)).rejects.toMatchObject(problemOf('its field port is no text'));
    await expect(start(`\${vault:${freshName()}/door#a}`)).rejects.toMatchObject(problemOf('cannot be had from Vault'));
    vault.cut();
    await expect(start(`\${vault:${name}/door#clientSecret}`)).rejects.toMatchObject(problemOf('the login failed'));
    vault.restore();
    // Nothing was forgotten on the way: the same policy starts.
    expect((await ask(await start(`\${vault:${name}/door#clientSecret}`))).status).toBe(200);
  });

  it('a lease is renewed before it ends, and a new secret read where it cannot be for long any more', async (test) => {
    const name = await mount('leased', { config: { max_lease_ttl: '5s' } }).catch(() => null);
    // No program of Vault's has an engine that leases without a database behind it.
    if (name === null) return test.skip();
    await put(name, 'leased', { clientSecret: 'first-secret', ttl: '2s' });
    const door = await open(policyOf(`\${vault:${name}/door#clientSecret}`));
    const count = (what: string): number => vault.asked.filter((one) => one === what).length;
    await until(() => count('PUT sys/leases/renew') >= 1, 10_000);
    expect(count(`GET ${name}/door`)).toBe(1);
    await put(name, 'leased', { clientSecret: 'second-secret', ttl: '2s' });
    await until(() => count(`GET ${name}/door`) >= 2, 15_000);
    await until(() => door.logText().includes('"reloaded"'), 10_000);
    expect((await ask(door)).status).toBe(200);
    expect(shown.at(-1)).toBe('door:second-secret');
  });

  it('goes on with what it has while Vault is away, refuses everything once that is too old, and comes back', async () => {
    const name = await mount('kv-v2');
    await put(name, 'kv-v2', { clientSecret: 'first-secret' });
    const door = await open(policyOf(`\${vault:${name}/door#clientSecret}`, ', refresh: 1s, maxStale: 1s'));
    vault.cut();
    await until(() => door.logText().includes('the one at hand is used while it may be'), 10_000);
    expect((await ask(door)).status).toBe(200);
    await until(() => door.logText().includes('too old to go on with'), 10_000);
    const refused = await ask(door);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'SECRETS_STALE']);
    expect((await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/readyz`)).status).toBe(503);
    // A reload makes nothing younger.
    expect(await door.gateway.reload()).toBeNull();
    expect((await ask(door)).status).toBe(503);
    vault.restore();
    await until(() => door.logText().includes('can be read again'), 15_000);
    expect((await ask(door)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/readyz`)).status).toBe(200);
  });

  it('a document cannot have this machine log in anywhere', async () => {
    const document = { ...DOCUMENT, 'x-sallyport-vault': { address: vault.address, token: 'vault.token' } };
    await expect(open('limits: []\n', document)).rejects.toMatchObject({
      problems: [
        { code: 'POLICY_CONTRADICTION', message: 'the document cannot say where this machine logs in' },
        { code: 'AUTHN_SCHEME_UNCONFIGURED' },
      ],
    });
  });

  it('sallyport check asks for it too', { timeout: 60_000 }, async () => {
    const name = await mount('kv-v2');
    await put(name, 'kv-v2', { clientSecret: 'first-secret' });
    const { folder } = await open(policyOf(`\${vault:${name}/door#clientSecret}`));
    const run = async (): Promise<string> => {
      const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, 'check', '--summary'], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
      return `${String(await new Promise((done) => child.once('close', done)))} ${out}`;
    };
    const well = await run();
    expect(well).toMatch(/^0 /);
    expect(well).not.toContain('first-secret');
    vault.cut();
    expect(await run()).toMatch(/^2 [\s\S]*sallyport\.yaml:8:\d+ .*POLICY_REFERENCE_UNRESOLVED/);
  });
});
