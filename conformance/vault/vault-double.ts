import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;
interface Token {
  readonly policies: readonly string[];
  readonly renewable: boolean;
  readonly lifeMs: number;
  readonly longestMs: number;
  endsAtMs: number;
}
interface TransitKey {
  readonly derived: boolean;
  readonly versions: Buffer[];
  minDecryption: number;
}
interface Lease {
  readonly lifeMs: number;
  readonly longestMs: number;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * A Vault for tests where there is no real one: tokens, policies, AppRole, Kubernetes, Transit with real AES-256-GCM, versions and derivation,
 * KV in both versions, and secrets with leases. It answers as the real one does as far as the suites look; they are the same for both.
 */
export async function openVaultDouble(): Promise<{
  readonly address: string;
  readonly token: string;
  close(): Promise<void>;
}> {
  const root = `s.${randomUUID()}`;
  const double = new VaultDouble(root);
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      let status = 200;
      let answer: Json | null;
      try {
        answer = double.answer(request, text === '' ? {} : (JSON.parse(text) as Json));
        if (answer === null) status = 204;
      } catch (error) {
        status = error instanceof Refusal ? error.status : 500;
        answer = { errors: [error instanceof Error ? error.message : 'unknown'] };
      }
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(answer === null ? '' : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: root,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

class VaultDouble {
  readonly #tokens = new Map<string, Token>();
  readonly #policies = new Map<string, readonly string[]>();
  readonly #mounts = new Map<string, string>();
  readonly #longestMs = new Map<string, number>();
  readonly #transit = new Map<string, TransitKey>();
  readonly #secrets = new Map<string, Json>();
  readonly #leases = new Map<string, Lease>();
  readonly #roles = new Map<string, Json & { readonly roleId: string; readonly secretIds: Set<string> }>();

  constructor(root: string) {
    this.#tokens.set(root, { policies: ['root'], renewable: false, lifeMs: 0, longestMs: 0, endsAtMs: Infinity });
  }

  answer({ method, url, headers }: IncomingMessage, body: Json): Json | null {
    const path = (url ?? '').replace(/^\/v1\//, '');
    const login = /^auth\/([^/]+)\/login$/.exec(path);
    if (login !== null) return this.#logIn(login[1] ?? '', body);
    const text = String(headers['x-vault-token'] ?? '');
    const token = this.#tokens.get(text);
    if (token === undefined || token.endsAtMs <= Date.now()) throw new Refusal(403, 'permission denied');
    if (path === 'auth/token/lookup-self')
      return wrapped({ ttl: secondsLeft(token.endsAtMs), renewable: token.renewable });
    if (path === 'auth/token/renew-self') return this.#renew(text, token);
    if (!this.#allows(token, path)) throw new Refusal(403, 'permission denied');
    const write = method !== 'GET';
    const [mount = '', ...rest] = path.split('/');
    if (mount === 'sys') return this.#system(rest, body);
    if (mount === 'auth') return this.#auth(rest, body);
    const type = this.#mounts.get(mount);
    if (type === 'transit') return this.#transitCall(rest, body);
    if (type === undefined) throw new Refusal(404, 'no handler for route');
    if (write) {
      this.#secrets.set(
        type === 'kv-v2' ? path.replace('/data/', '/') : path,
        (type === 'kv-v2' ? body['data'] : body) as Json,
      );
      return null;
    }
    const secret = this.#secrets.get(type === 'kv-v2' ? path.replace('/data/', '/') : path);
    if (secret === undefined) throw new Refusal(404, '');
    if (type === 'kv-v2') return wrapped({ data: secret, metadata: { version: 1 } });
    if (type !== 'leased') return { ...wrapped(secret), lease_duration: 2_764_800, renewable: false };
    return this.#lease(path, secret);
  }

  #allows({ policies }: Token, path: string): boolean {
    if (policies.includes('root') || path === 'sys/leases/renew' || path.startsWith('sys/internal/')) return true;
    return policies
      .flatMap((name) => this.#policies.get(name) ?? [])
      .some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern));
  }

  #grant(policies: readonly string[], lifeMs: number, longestMs: number, renewable = true): Json {
    const text = `s.${randomUUID()}`;
    const now = Date.now();
    this.#tokens.set(text, {
      policies,
      renewable,
      lifeMs,
      longestMs: now + longestMs,
      endsAtMs: now + Math.min(lifeMs, longestMs),
    });
    return {
      ...wrapped({}),
      auth: { client_token: text, lease_duration: secondsLeft(now + Math.min(lifeMs, longestMs)), renewable },
    };
  }

  #renew(text: string, token: Token): Json {
    if (!token.renewable) throw new Refusal(400, 'lease is not renewable');
    token.endsAtMs = Math.min(Date.now() + token.lifeMs, token.longestMs);
    return {
      ...wrapped({}),
      auth: { client_token: text, lease_duration: secondsLeft(token.endsAtMs), renewable: true },
    };
  }

  #logIn(mount: string, { role_id, secret_id, role, jwt }: Json): Json {
    const type = this.#mounts.get(`auth/${mount}`);
    if (type === 'approle')
      for (const [, one] of this.#roles)
        if (one.roleId === role_id && one.secretIds.has(String(secret_id))) return this.#grantRole(one);
    const named = type === 'kubernetes' ? this.#roles.get(String(role)) : undefined;
    if (named?.['jwt'] === jwt && named !== undefined) return this.#grantRole(named);
    throw new Refusal(type === 'approle' ? 400 : 403, 'invalid role or secret ID');
  }

  #grantRole({ token_policies, token_ttl, token_max_ttl }: Json): Json {
    return this.#grant(token_policies as string[], toMs(token_ttl, 3600), toMs(token_max_ttl, 86_400));
  }

  #system([what = '', ...rest]: readonly string[], body: Json): Json | null {
    const name = rest.join('/');
    if (what === 'internal') {
      const mount = rest[2] ?? '';
      const type = this.#mounts.get(mount);
      if (type === undefined) throw new Refusal(403, 'preflight capability check returned 403');
      const options = type === 'kv-v2' ? { version: '2' } : null;
      return wrapped({ path: `${mount}/`, type: type === 'kv-v2' ? 'kv' : type, options });
    }
    const { max_lease_ttl } = (body['config'] ?? {}) as Json;
    if (what === 'mounts') this.#longestMs.set(name, toMs(max_lease_ttl, 86_400));
    if (what === 'mounts')
      this.#mounts.set(
        name,
        body['type'] === 'kv' && (body['options'] as Json | undefined)?.['version'] === '2'
          ? 'kv-v2'
          : String(body['type']),
      );
    else if (what === 'auth') this.#mounts.set(`auth/${name}`, String(body['type']));
    else if (what === 'policies')
      this.#policies.set(
        name.replace('acl/', ''),
        [...String(body['policy']).matchAll(/path "([^"]+)"/g)].map(([, path = '']) => path),
      );
    else if (name === 'renew') {
      const lease = this.#leases.get(String(body['lease_id']));
      if (lease === undefined || lease.longestMs <= Date.now())
        throw new Refusal(400, 'lease not found or lease is not renewable');
      return {
        ...wrapped({}),
        lease_id: body['lease_id'],
        renewable: true,
        lease_duration: secondsLeft(Math.min(Date.now() + lease.lifeMs, lease.longestMs)),
      };
    } else throw new Refusal(404, 'unsupported path');
    return null;
  }

  #auth([mount = '', ...rest]: readonly string[], body: Json): Json | null {
    const path = rest.join('/');
    if (mount === 'token' && path === 'create')
      return this.#grant(
        (body['policies'] as string[] | undefined) ?? ['root'],
        toMs(body['ttl'], 3600),
        toMs(body['explicit_max_ttl'], 86_400),
        body['renewable'] !== false,
      );
    if (mount === 'token' && path === 'revoke') {
      this.#tokens.delete(String(body['token']));
      return null;
    }
    const [, name = '', what = ''] = rest;
    const role = this.#roles.get(name);
    if (what === '') this.#roles.set(name, { ...body, roleId: randomUUID(), secretIds: new Set() });
    else if (role === undefined) throw new Refusal(404, 'no such role');
    else if (what === 'role-id') return wrapped({ role_id: role.roleId });
    else if (what === 'secret-id') {
      const secret = randomUUID();
      role.secretIds.add(secret);
      return wrapped({ secret_id: secret });
    }
    return null;
  }

  #transitCall(rest: readonly string[], body: Json): Json | null {
    if (rest[0] === 'keys') return this.#administer(rest, body);
    const action = rest.slice(0, -1).join('/');
    const key = this.#transit.get(rest.at(-1) ?? '');
    if (key === undefined) throw new Refusal(400, 'encryption key not found');
    const context = typeof body['context'] === 'string' ? Buffer.from(body['context'], 'base64') : null;
    if (key.derived && context === null) throw new Refusal(400, "missing 'context' for key derivation");
    if (action === 'datakey/wrapped')
      return wrapped({ ciphertext: seal(key, context, randomBytes(Number(body['bits'] ?? 256) / 8)) });
    const plain = open(key, context, String(body['ciphertext']));
    if (action === 'decrypt') return wrapped({ plaintext: plain.toString('base64') });
    if (action === 'rewrap') return wrapped({ ciphertext: seal(key, context, plain) });
    throw new Refusal(404, 'unsupported path');
  }

  #administer([, name = '', action]: readonly string[], body: Json): Json | null {
    const key = this.#transit.get(name);
    if (action === undefined)
      this.#transit.set(name, { derived: body['derived'] === true, versions: [randomBytes(32)], minDecryption: 1 });
    else if (key === undefined) throw new Refusal(404, 'no such key');
    else if (action === 'rotate') key.versions.push(randomBytes(32));
    else if (action === 'config') key.minDecryption = Number(body['min_decryption_version'] ?? key.minDecryption);
    return wrapped({});
  }

  #lease(path: string, secret: Json): Json {
    const id = `${path}/${randomUUID()}`;
    const lifeMs = toMs(secret['ttl'], 3600);
    this.#leases.set(id, { lifeMs, longestMs: Date.now() + (this.#longestMs.get(path.split('/')[0] ?? '') ?? 0) });
    return { ...wrapped(secret), lease_id: id, renewable: true, lease_duration: lifeMs / 1000 };
  }
}

function wrapped(data: Json): Json {
  return { request_id: randomUUID(), lease_id: '', renewable: false, lease_duration: 0, data, auth: null };
}

function toMs(written: unknown, fallbackSeconds: number): number {
  return (
    (typeof written === 'string'
      ? Number(written.replace(/s$/, ''))
      : typeof written === 'number'
        ? written
        : fallbackSeconds) * 1000
  );
}

function secondsLeft(endsAtMs: number): number {
  return endsAtMs === Infinity ? 0 : Math.max(Math.round((endsAtMs - Date.now()) / 1000), 0);
}

function derive({ derived, versions }: TransitKey, version: number, context: Buffer | null): Buffer {
  const key = versions[version - 1];
  if (key === undefined) throw new Refusal(400, 'invalid ciphertext: version is too new');
  return derived ? Buffer.from(hkdfSync('sha256', key, '', context ?? '', 32)) : key;
}

function seal(key: TransitKey, context: Buffer | null, plain: Buffer): string {
  const version = key.versions.length;
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', derive(key, version, context), nonce);
  const bytes = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `vault:v${version}:${bytes.toString('base64')}`;
}

function open(key: TransitKey, context: Buffer | null, text: string): Buffer {
  const [, number = '', payload = ''] = /^vault:v(\d+):(.*)$/.exec(text) ?? [];
  const version = Number(number);
  if (version < key.minDecryption)
    throw new Refusal(400, 'ciphertext or signature version is disallowed by policy (too old)');
  const bytes = Buffer.from(payload, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', derive(key, version, context), bytes.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'cipher: message authentication failed');
  }
}
