import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { kmsHere, openKms, type TestKms } from './open-kms.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const content = {
  'application/json': {
    schema: { type: 'object', properties: { id: { type: 'string' }, ssn: { type: 'string' } } },
  },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'People', version: '1' },
  paths: {
    '/people': {
      post: {
        operationId: 'add',
        security: [],
        requestBody: { content },
        responses: { 200: { description: 'ok', content } },
      },
    },
  },
};
/** Where the SDK finds them, as it does everywhere. */
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'canary-of-aws',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

describe.each(kmsHere())('data keys wrapped by AWS KMS (%s)', (kind) => {
  let kms: TestKms;
  const doors: Door[] = [];
  const before = { ...process.env };
  beforeAll(async () => {
    Object.assign(process.env, CREDENTIALS);
    kms = await openKms(kind);
  });
  afterAll(async () => {
    await kms.close();
    for (const name of Object.keys(CREDENTIALS)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  afterEach(async () => {
    kms.restore();
    for (const door of doors.splice(0)) await door.close();
  });

  async function createKey(): Promise<string> {
    const { KeyMetadata } = await kms.admin('CreateKey');
    return (KeyMetadata as { KeyId: string }).KeyId;
  }
  async function prepare() {
    const key = await createKey();
    const asked = {
      KeyId: key,
      KeySpec: 'AES_256',
      EncryptionContext: { app: 'people', 'sallyport-data-key': 'k1.1' },
    };
    const { CiphertextBlob } = await kms.admin('GenerateDataKeyWithoutPlaintext', asked);
    const row = {
      name: 'k1',
      version: 1,
      activeFrom: '2020-01-01T00:00:00.000Z',
      wrapped: `aws-kms:${String(CiphertextBlob)}`,
    };
    return { key, keys: JSON.stringify({ format: 1, keys: [row] }) };
  }
  const policyOf = (key: string, held = ''): string =>
    `limits: []\ndata: { encrypt: { fields: [ssn], keys: { file: keys.json, awsKms: { key: '${key}', region: eu-central-1, endpoint: '${kms.address}', context: { app: people }${held} } } } }\n`;
  async function open(policy: string, files: Record<string, string>) {
    const door = await openDoor({
      document: DOCUMENT,
      policy,
      files,
      upstream: (request, response) =>
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(request.body),
    });
    doors.push(door);
    return {
      door,
      write: () =>
        fetch(`${door.url}/people`, {
          method: 'POST',
          body: '{"id":"1","ssn":"123-45-6789"}',
          headers: { 'Content-Type': 'application/json' },
        }),
    };
  }

  it('encrypts under a data key that KMS unwraps once', async () => {
    const { key, keys } = await prepare();
    const at = await open(policyOf(key), { 'keys.json': keys });
    expect(await (await at.write()).json()).toEqual({ id: '1', ssn: '123-45-6789' });
    expect(at.door.seen[0]?.body.toString()).toMatch(/"ssn":"sp1\.k1\.1\.[A-Za-z0-9_-]+"/);
    const before = kms.asked.length;
    await at.write();
    expect(kms.asked.length).toBe(before);
    expect(at.door.logText()).not.toMatch(/123-45|canary-of-aws|aws-kms:/);
  });

  it('each data key is bound to its name, its version, and what the policy adds', async () => {
    const { key, keys } = await prepare();
    const refused = {
      problems: [
        { code: 'DATA_ENCRYPT_KEYS', message: expect.stringContaining('InvalidCiphertextException') as string },
      ],
    };
    await expect(
      open(policyOf(key), { 'keys.json': keys.replace('"version":1', '"version":2') }),
    ).rejects.toMatchObject(refused);
    await expect(open(policyOf(key).replace('app: people', 'app: other'), { 'keys.json': keys })).rejects.toMatchObject(
      refused,
    );
    await expect(open(policyOf(key), { 'keys.json': keys.replace('aws-kms:', 'vault:v1:') })).rejects.toThrow(
      'wrapped by somebody else than AWS KMS',
    );
  });

  it('with KMS away nothing is written once its key is due, and its return is noticed', async () => {
    const { key, keys } = await prepare();
    const at = await open(policyOf(key, ', uses: 1'), { 'keys.json': keys });
    kms.cut();
    expect((await at.write()).status).toBe(200);
    const refused = await at.write();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      503,
      'ENCRYPTED_KEY_UNAVAILABLE',
    ]);
    await until(() => at.door.logText().includes('those at hand are used while they may be'), 15_000);
    kms.restore();
    await until(() => at.door.logText().includes('can be unwrapped again'), 20_000);
    expect((await at.write()).status).toBe(200);
    kms.cut();
    await expect(open(policyOf(key), { 'keys.json': keys })).rejects.toMatchObject({
      problems: [
        {
          code: 'DATA_ENCRYPT_KEYS',
          line: 5,
          hint: expect.stringContaining('The data keys are as they were') as string,
        },
      ],
    });
  });

  // moto goes on with a key that is disabled.
  if (kind === 'double')
    it('a key that is disabled in KMS is taken away here', async () => {
      const { key, keys } = await prepare();
      const at = await open(policyOf(key, ', uses: 1'), { 'keys.json': keys });
      await kms.admin('DisableKey', { KeyId: key });
      expect((await at.write()).status).toBe(200);
      await until(() => at.door.logText().includes('a data key of fields is refused'), 15_000);
      expect((await at.write()).status).toBe(503);
    });

  it('data-keys makes keys, and rewraps them under another key of KMS', { timeout: 120_000 }, async () => {
    const [first, second] = [await createKey(), await createKey()];
    const { folder } = (await open('limits: []\n', {})).door;
    const own = (key: string): void =>
      writeFileSync(join(folder, 'own.yaml'), `api: openapi.json\nupstream: http://127.0.0.1:1\n${policyOf(key)}`);
    const run = async (words: readonly string[], input = ''): Promise<string> => {
      const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, ...words, '--config', 'own.yaml'], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stdin.end(input);
      return `${String(await new Promise((done) => child.once('close', done)))} ${out}`;
    };
    own(first);
    expect(await run(['data-keys', 'create'])).toMatch(/^0 made .*keys\.json with the key k[0-9a-f]{8}\.1/);
    const sealed = await run(['rewrap', '--column', 'ssn', '--encrypt-clear'], '{"ssn":"a"}\n');
    expect(sealed).toMatch(/^0 \{"ssn":"sp1\.k[0-9a-f]{8}\.1\./);
    const before = readFileSync(join(folder, 'keys.json'), 'utf8');
    own(second);
    expect(await run(['data-keys', 'rewrap'])).toMatch(/^0 wrapped the data key/);
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).not.toBe(before);
    await kms.admin('DisableKey', { KeyId: first });
    expect(await run(['rewrap', '--column', 'ssn'], sealed.slice(2))).toMatch(/^0 \{"ssn":"sp1\./);
    expect(await run(['check', '--summary'])).toContain(`data keys wrapped by AWS KMS key ${second} in eu-central-1`);
  });
});
