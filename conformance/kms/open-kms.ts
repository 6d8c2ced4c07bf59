import { spawn, spawnSync } from 'node:child_process';
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { freePorts } from '../tls/pebble.ts';
import { openProxy, type Proxy } from '../vault/open-proxy.ts';

/** A KMS behind a way that can be cut. */
export interface TestKms extends Proxy {
  /** Not by way of the proxy. */
  admin(action: string, body?: object): Promise<Record<string, unknown>>;
}

/** Which the suite runs against: the double, and moto where its server is on the path. */
export function kmsHere(): readonly ('double' | 'moto')[] {
  return spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0 ? ['double', 'moto'] : ['double'];
}

export async function openKms(kind: 'double' | 'moto'): Promise<TestKms> {
  const { address, close } = kind === 'double' ? await openDouble() : await openMoto();
  const proxy = await openProxy(address);
  return {
    ...proxy,
    async admin(action, body = {}) {
      const answer = await fetch(address, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': `TrentService.${action}`,
          Authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
      return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    },
    async close() {
      await proxy.close();
      await close();
    },
  };
}

async function openMoto(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', detached: true });
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => socket.destroy());
    });
  const deadline = Date.now() + 50_000;
  while (!(await answers())) {
    if (Date.now() > deadline) throw new Error('moto_server does not answer');
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    address: `http://127.0.0.1:${port}`,
    async close() {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      // Its program may be a script that starts another.
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
    },
  };
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
  isEnabled: boolean;
}
type Asked = Readonly<Record<string, unknown>> & { readonly KeyId?: string; readonly CiphertextBlob?: string };

class Refusal extends Error {}

/** The questions of AWS KMS that the suite asks, with real AES-256-GCM over key and encryption context. Signatures are not looked at. */
async function openDouble(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();
  const find = (name: string): Key => {
    const key = keys.get(aliases.get(name) ?? name.replace(/^.*:key\//, ''));
    if (key === undefined) throw new Refusal('NotFoundException');
    if (!key.isEnabled) throw new Refusal('DisabledException');
    return key;
  };
  const associated = (context: unknown): Buffer =>
    Buffer.from(JSON.stringify(Object.entries(context ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1))));
  const seal = (name: string, context: unknown, plain: Buffer): string => {
    const { id, bytes } = find(name);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(associated(context));
    return Buffer.concat([Buffer.from(id), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
      'base64',
    );
  };
  const open = (blob: string, context: unknown, name?: string): Buffer => {
    const bytes = Buffer.from(blob, 'base64');
    const key = find(bytes.subarray(0, 36).toString());
    if (name !== undefined && find(name) !== key) throw new Refusal('IncorrectKeyException');
    try {
      const nonce = bytes.subarray(36, 48);
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: 16 }).setAAD(
        associated(context),
      );
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(48, -16)), decipher.final()]);
    } catch {
      throw new Refusal('InvalidCiphertextException');
    }
  };
  const actions: Readonly<Record<string, (asked: Asked) => object>> = {
    CreateKey() {
      const key = { id: randomUUID(), bytes: randomBytes(32), isEnabled: true };
      keys.set(key.id, key);
      return { KeyMetadata: { KeyId: key.id } };
    },
    CreateAlias({ AliasName, TargetKeyId }) {
      aliases.set(String(AliasName), String(TargetKeyId));
      return {};
    },
    DisableKey({ KeyId = '' }) {
      find(KeyId).isEnabled = false;
      return {};
    },
    GenerateDataKeyWithoutPlaintext: ({ KeyId = '', EncryptionContext }) => ({
      CiphertextBlob: seal(KeyId, EncryptionContext, randomBytes(32)),
    }),
    Decrypt: ({ KeyId, CiphertextBlob = '', EncryptionContext }) => ({
      Plaintext: open(CiphertextBlob, EncryptionContext, KeyId).toString('base64'),
    }),
    ReEncrypt: ({ CiphertextBlob = '', SourceEncryptionContext, DestinationKeyId, DestinationEncryptionContext }) => ({
      CiphertextBlob: seal(
        String(DestinationKeyId),
        DestinationEncryptionContext,
        open(CiphertextBlob, SourceEncryptionContext),
      ),
    }),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const action = actions[String(request.headers['x-amz-target']).replace('TrentService.', '')];
      response.setHeader('Content-Type', 'application/x-amz-json-1.1');
      try {
        if (action === undefined) throw new Refusal('UnknownOperationException');
        response.end(JSON.stringify(action(JSON.parse(Buffer.concat(chunks).toString()) as Asked)));
      } catch (error) {
        response.writeHead(400).end(JSON.stringify({ __type: error instanceof Error ? error.message : '' }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
