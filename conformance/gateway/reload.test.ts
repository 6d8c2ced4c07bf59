import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { createTestIssuer } from '../tokens.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door;
afterEach(() => door.close());

const policyFile = (): string => join(door.folder, 'sallyport.yaml');
const write = (change: (text: string) => string): void =>
  writeFileSync(policyFile(), change(readFileSync(policyFile(), 'utf8')));
const events = (): string[] =>
  door.log.filter((line) => line['event.dataset'] === 'sallyport.process').map((line) => String(line['message']));
const exchanges = (): Record<string, unknown>[] =>
  door.log.filter((line) => line['event.dataset'] === 'sallyport.access');

/** Sends requests until told to stop, and tells how many came to what. */
function load(): { stop(): Promise<Map<string, number>> } {
  let over = false;
  let answered = 0;
  const results = new Map<string, number>();
  const count = (what: string): void => {
    answered += 1;
    results.set(what, (results.get(what) ?? 0) + 1);
  };
  const workers = Array.from({ length: 8 }, async (_, worker) => {
    while (!over) {
      const post = worker % 2 === 0;
      const init = post
        ? {
            method: 'POST',
            body: JSON.stringify({ a: 'x'.repeat(50_000) }),
            headers: { 'Content-Type': 'application/json' },
          }
        : {};
      try {
        const response = await fetch(`${door.url}/${post ? 'items' : 'fast'}`, init);
        await response.arrayBuffer();
        count(String(response.status));
      } catch (error) {
        count(String(error));
      }
      // Never further ahead than the records: whatever is lost shows here.
      await until(() => exchanges().length >= answered);
    }
  });
  return {
    async stop() {
      over = true;
      await Promise.all(workers);
      return results;
    },
  };
}

describe('a reload', () => {
  it('asked for twice at once comes to what is written last', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    write((text) => `${text}requests: { maxDepth: 11 }\n`);
    const first = door.gateway.reload();
    write((text) => text.replace('maxDepth: 11', 'maxDepth: 12'));
    const second = door.gateway.reload();
    expect(await Promise.all([first, second])).toEqual([null, null]);
    expect(door.gateway.plan.policy.requests.maxDepth).toBe(12);
  });

  it('under way is left off when the door closes, which then closes cleanly', async () => {
    const document = {
      ...SMALL_API,
      paths: Object.fromEntries(
        Array.from({ length: 3_000 }, (_, index) => [
          `/p${index}`,
          { get: { responses: { 200: { description: 'r' } } } },
        ]),
      ),
    };
    door = await openDoor({ document, policy: SMALL_POLICY });
    const before = door.gateway.plan;
    const reloading = door.gateway.reload();
    // So many operations take more turns than one.
    await new Promise((resolve) => setImmediate(resolve));
    await door.gateway.close();
    expect(await reloading).toBeNull();
    expect(door.gateway.plan).toBe(before);
  });

  it('under load loses no exchange', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const under = load();
    for (let i = 0; i < 10; i++) {
      write((text) => text.replace(/(requests: .*\n)?$/, `requests: { maxDepth: ${10 + i} }\n`));
      expect(await door.gateway.reload()).toBeNull();
      const before = exchanges().length;
      await until(() => exchanges().length > before + 15);
    }
    const results = await under.stop();
    expect([...results.keys()]).toEqual(['200']);
    expect(results.get('200')).toBe(exchanges().length);
  });

  it('does not take the upstream away from an exchange whose body is still coming', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const status = new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        `${door.url}/items`,
        { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': 9 } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      request.write('{"a"');
      void until(() => Number(request.socket?.bytesWritten) > 0)
        .then(() => fetch(`${door.url}/fast`))
        .then(() => door.gateway.reload())
        .then(() => door.gateway.reload())
        .then(() => request.end(':"b"}'));
    });
    expect(await status).toBe(200);
  });

  it('of a bad policy keeps the old one and says so', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    write((text) => `${text}\nnonsense: true\n`);
    const refused = await door.gateway.reload();
    expect(refused?.problems[0]?.code).toBe('POLICY_UNKNOWN_KEY');
    expect(events()).toEqual(['reload refused; the running policy stays']);
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    write((text) => text.replace('nonsense: true', ''));
    expect(await door.gateway.reload()).toBeNull();
  });

  it('whose end cannot be told takes the policy, is answered with the fault, and keeps no other reload out', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    write((text) => `${text}requests: { maxDepth: 11 }\n`);
    const push = door.log.push.bind(door.log);
    door.log.push = () => {
      throw new Error('no room');
    };
    const failed = await door.gateway.reload();
    expect(failed?.problems.map(({ code, message }) => [code, message])).toEqual([['INTERNAL_FAULT', 'no room']]);
    door.log.push = push;
    expect(door.gateway.plan.policy.requests.maxDepth).toBe(11);
    write((text) => text.replace('maxDepth: 11', 'maxDepth: 12'));
    expect([await door.gateway.reload(), door.gateway.plan.policy.requests.maxDepth]).toEqual([null, 12]);
    expect(events()).toEqual(['reloaded']);
  });

  it('of a bad policy tells what keeps it out, and no schema that would not', async () => {
    const schema = { $ref: '#/nowhere' };
    const bad = { get: { responses: { 200: { description: '', content: { 'application/json': { schema } } } } } };
    const document = { ...SMALL_API, paths: { ...SMALL_API.paths, '/bad': bad } };
    door = await openDoor({ document, policy: SMALL_POLICY });
    write((text) => `${text}\nnonsense: true\n`);
    const refused = await door.gateway.reload();
    expect([refused?.problems.map(({ code }) => code), refused?.warnings]).toEqual([['POLICY_UNKNOWN_KEY'], []]);
  });

  it('of a document with a schema that cannot be compiled takes it, refuses that operation alone and says so', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const paths = {
      ...SMALL_API.paths,
      '/bad': {
        get: {
          responses: { 200: { description: '', content: { 'application/json': { schema: { $ref: '#/nowhere' } } } } },
        },
      },
    };
    writeFileSync(join(door.folder, 'openapi.json'), JSON.stringify({ ...SMALL_API, paths }));
    expect(await door.gateway.reload()).toBeNull();
    expect(events()).toEqual(['an operation refuses every request', 'reloaded']);
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    const refused = await fetch(`${door.url}/bad`);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([500, 'OPERATION_UNUSABLE']);
  });

  it('keeps what limits have counted', async () => {
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY.replace('limits: []\n', '')}limits: [{ name: few, by: address, algorithm: fixed-window, limit: 2/h }]\n`,
    });
    expect([(await fetch(`${door.url}/fast`)).status, (await fetch(`${door.url}/fast`)).status]).toEqual([200, 200]);
    expect(await door.gateway.reload()).toBeNull();
    expect((await fetch(`${door.url}/fast`)).status).toBe(429);
  });

  it('names the settings that take effect at the next start only', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const before = readFileSync(policyFile(), 'utf8');
    const changed = {
      'listen.host': 'listen: { host: 127.0.0.2 }',
      'listen.tls, listen.http2': 'listen: { tls: self-signed }',
      'listen.maxConnections': 'listen: { maxConnections: 7 }',
      'requests.maxHeadBytes': 'requests: { maxHeadBytes: 8KiB }',
      'requests.headTimeout': 'requests: { headTimeout: 7s }',
      'requests.bodyTimeout': 'requests: { bodyTimeout: 7s }',
      log: 'log: { level: warn }',
    };
    for (const lines of Object.values(changed)) {
      write(() => `${before}\n${lines}\n`);
      expect(await door.gateway.reload()).toBeNull();
    }
    write(() => `${before.replace('admin: { port: 0 }', 'admin: { port: 0, metrics: credential, api: on }')}\n`);
    expect(await door.gateway.reload()).toBeNull();
    write(() => `${before}\nlisten: { drainTimeout: 1s }\nrequests: { maxBodyBytes: 7KiB }\n`);
    expect(await door.gateway.reload()).toBeNull();
    expect(door.log.map((line) => detailOf(line)['settings']).filter(Boolean)).toEqual([
      ...Object.keys(changed),
      'admin',
    ]);
  });

  it('changes how long requests may take to end when the door closes', async () => {
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { drainTimeout: 1h }\n`,
      upstream: () => undefined,
    });
    const asked = fetch(`${door.url}/fast`).then(
      () => 'answered',
      () => 'cut',
    );
    await until(() => door.seen.length === 1);
    write((text) => text.replace('drainTimeout: 1h', 'drainTimeout: 10ms'));
    expect(await door.gateway.reload()).toBeNull();
    await door.gateway.close();
    expect(await asked).toBe('cut');
  });
});

describe('a watched file', () => {
  it('is read again when it changes, is switched by a symbolic link, and not while it is gone', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY, watch: true });
    const link = (version: string): void => {
      mkdirSync(join(door.folder, version));
      const text = JSON.stringify({
        ...SMALL_API,
        paths: { [`/${version}`]: SMALL_API.paths['/fast'], '/fast': SMALL_API.paths['/fast'] },
      });
      writeFileSync(join(door.folder, version, 'openapi.json'), text);
      symlinkSync(version, join(door.folder, 'next'));
      renameSync(join(door.folder, 'next'), join(door.folder, 'data'));
    };
    // As Kubernetes mounts a ConfigMap: the file is a link into a folder that is a link, and the second one is switched.
    link('v1');
    unlinkSync(join(door.folder, 'openapi.json'));
    symlinkSync(join('data', 'openapi.json'), join(door.folder, 'openapi.json'));
    await until(() => events().length === 1);
    expect((await fetch(`${door.url}/v1`)).status).toBe(200);
    link('v2');
    await until(() => events().length === 2);
    expect([(await fetch(`${door.url}/v1`)).status, (await fetch(`${door.url}/v2`)).status]).toEqual([404, 200]);
    rmSync(join(door.folder, 'openapi.json'));
    expect((await door.gateway.reload())?.problems.length).toBe(1);
    expect((await fetch(`${door.url}/v2`)).status).toBe(200);
    symlinkSync(join('data', 'openapi.json'), join(door.folder, 'openapi.json'));
    expect(await door.gateway.reload()).toBeNull();
    expect(events()).toEqual(['reloaded', 'reloaded', 'reload refused; the running policy stays', 'reloaded']);
  });

  it('is also one that a refused policy alone names: what appears there asks for a reload, until a policy is taken', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY, watch: true });
    const put = (name: string, text: string): void => writeFileSync(join(door.folder, name), text);
    const reloads = (): string[] => events().filter((message) => message.startsWith('reload'));
    const { jwks } = await createTestIssuer();
    const stored = { type: 'apiKey', in: 'header', name: 'X-Stored' };
    const token = { type: 'http', scheme: 'bearer' };
    const securitySchemes = { ...SMALL_API.components.securitySchemes, stored, token };
    const api = { ...SMALL_API, security: [{ token: [] }, { stored: [] }], components: { securitySchemes } };
    const mends: readonly (readonly [string, string])[] = [
      ['new.json', JSON.stringify(api)],
      ['ca.pem', rootCertificates[0] ?? ''],
      ['keys.yaml', 'keys: []\n'],
      ['jwks.json', jwks],
      ['seal.txt', 'a key for tests that is long enough'],
    ];
    put(
      'sallyport.yaml',
      `api: new.json
upstream: { url: 'https://127.0.0.1:1', tls: { ca: ca.pem } }
authentication:
  key: { keys: keys.yaml }
  stored: { keys: store }
  token: { issuer: 'https://id.example', audience: api, jwks: jwks.json }
store: { url: 'sqlite:store.db', key: seal.txt }
admin: { port: 0 }
`,
    );
    for (const [index, [name, text]] of mends.entries()) {
      await until(() => reloads().length > index);
      expect(JSON.stringify(door.log)).toContain(name);
      put(name, text);
    }
    await until(() => reloads().includes('reloaded'));
    expect(reloads()).toEqual([...mends.map(() => 'reload refused; the running policy stays'), 'reloaded']);
  });

  it('that was gone when a policy was refused for it is missed, even where it is back as it was', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY, watch: true });
    const document = join(door.folder, 'openapi.json');
    const text = readFileSync(document, 'utf8');
    rmSync(document);
    write((policy) => `${policy}requests: { maxDepth: 11 }\n`);
    await until(() => events().length === 1);
    writeFileSync(document, text);
    await until(() => events().length === 2);
    expect(events()).toEqual(['reload refused; the running policy stays', 'reloaded']);
    expect(door.gateway.plan.policy.requests.maxDepth).toBe(11);
  });

  it('of keys makes new ones work and old ones end', async () => {
    const keyFile = (key: string): string =>
      `keys:\n  - { id: one, subject: one, sha256: '${createHash('sha256').update(key).digest('hex')}' }\n`;
    door = await openDoor({
      document: SMALL_API,
      policy: 'limits: []\nauthentication: { key: { keys: keys.yaml } }\n',
      files: { 'keys.yaml': keyFile('old') },
      watch: true,
    });
    const status = async (key: string): Promise<number> =>
      (
        await fetch(`${door.url}/guarded`, {
          method: 'POST',
          body: 'x',
          headers: { 'X-Key': key, 'Content-Type': 'application/octet-stream' },
        })
      ).status;
    expect([await status('old'), await status('new')]).toEqual([200, 401]);
    writeFileSync(join(door.folder, 'keys.yaml'), keyFile('new'));
    await until(() => events().length === 1);
    expect([await status('old'), await status('new')]).toEqual([401, 200]);
  });
});
