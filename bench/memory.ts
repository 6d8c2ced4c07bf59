/**
 * What a gateway holds after requests of which no two are alike: paths, queries, content types, key ids, keys, tokens, addresses and header
 * names. `node --conditions=sallyport-source bench/memory.ts [requests]`, a million by default.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

/** Bytes after garbage collection. */
export interface MemorySample {
  readonly requests: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

export interface MemoryResult {
  readonly baseline: MemorySample;
  readonly end: MemorySample;
  /** Heap and external memory at the end over those at the baseline. */
  readonly ratio: number;
  readonly seconds: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<string, number>;
}

const CONNECTIONS = 16;
const PIPELINED = 8;
const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Memory', version: '1' },
  components: {
    securitySchemes: { jwt: { type: 'http', scheme: 'bearer' }, key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  },
  paths: {
    '/items/{id}': {
      get: {
        operationId: 'item',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'q', in: 'query', schema: { type: 'string' } },
        ],
        responses: { 200: OK },
      },
    },
    '/items': {
      post: {
        operationId: 'add',
        requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
        responses: { 200: OK },
      },
    },
    '/token': { get: { operationId: 'token', security: [{ jwt: [] }], responses: { 200: OK } } },
    '/key': { get: { operationId: 'key', security: [{ key: [] }], responses: { 200: OK } } },
  },
};
// The window is short, so that the table of counters turns over during the run: what is measured is what stays.
const POLICY = `
trustedProxies: ['127.0.0.1/32']
admin: { port: 0 }
log: { destination: /dev/null }
authentication:
  jwt: { issuer: https://issuer.example, audience: api, algorithms: [RS256], jwks: jwks.json, types: [JWT] }
  key: { keys: [{ id: one, sha256: '${'0'.repeat(64)}' }] }
limits:
  - { by: address, algorithm: token-bucket, rate: 50/s, burst: 50 }
  - { name: forwarded-user, by: 'header:X-User', algorithm: fixed-window, limit: 50/s, operations: [item, key] }
`;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Request number `i`: no two have a text in common that a client chooses. */
function requestOf(i: number): string {
  const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  const common = ` HTTP/1.1\r\nHost: h${i}.example\r\nX-Forwarded-For: ${address}\r\nX-H${i}: ${i}\r\nX-User: u${i}\r\nUser-Agent: agent-${i}\r\n`;
  switch (i % 6) {
    case 0:
      return `GET /p${i}/q${i}?a${i}=${i}${common}\r\n`;
    case 1:
      return `GET /items/i${i}?q=v${i}${common}Cookie: c${i}=${i}\r\n\r\n`;
    case 2:
      return `GET /token${common}Authorization: Bearer ${encode({ alg: 'RS256', typ: 'JWT', kid: `k${i}` })}.${encode({ sub: `s${i}`, iss: 'https://issuer.example' })}.${encode({ s: i })}\r\n\r\n`;
    case 3:
      return `GET /key${common}X-Key: key-${i}\r\n\r\n`;
    case 4:
      return `POST /items${common}Content-Type: application/x-${i}; p${i}=${i}\r\nContent-Length: 2\r\n\r\n{}`;
    default:
      return `POST /items${common}Content-Type: application/json; charset=utf-8; p${i}=1\r\nContent-Length: ${`{"m${i}":${i}}`.length}\r\n\r\n{"m${i}":${i}}`;
  }
}

const START = Buffer.from('HTTP/1.1 ');

/** Sends requests `from` up to `to` on one kept connection, a few ahead of the answers. */
function sendOn(port: number, from: number, to: number, step: number, statuses: Map<string, number>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let next = from;
    let open = 0;
    let rest: Buffer = Buffer.alloc(0);
    const fill = (): void => {
      let batch = '';
      for (; open < PIPELINED && next < to; next += step, open++) batch += requestOf(next);
      if (batch !== '') socket.write(batch);
      else if (open === 0) {
        socket.destroy();
        resolve();
      }
    };
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (
        let found = bytes.indexOf(START);
        found >= 0 && found + 12 <= bytes.length;
        found = bytes.indexOf(START, at)
      ) {
        const status = bytes.toString('latin1', found + 9, found + 12);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        open -= 1;
        at = found + 12;
      }
      rest = Buffer.from(bytes.subarray(Math.max(at, bytes.length - START.length - 3)));
      if (open <= PIPELINED / 2) fill();
    });
    socket.on('error', reject);
    socket.on('close', () =>
      open > 0 ? reject(new Error('the door closed a connection with answers outstanding')) : resolve(),
    );
    fill();
  });
}

/** An upstream that answers each head at once. */
function startUpstream(): Promise<Server> {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}';
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    // One request at a time comes on each connection, in one piece: that is what the door promises.
    socket.on('data', () => socket.write(answer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function ask<T>(child: ChildProcess, message: string | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`the door ended with ${signal ?? code}`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as T);
    });
    if (message !== null) child.send(message);
  });
}

/** Runs a door, sends `warmUp` requests, notes what it holds, sends `requests` more and notes it again, and every `every` in between. */
export async function measureMemory(options: {
  readonly requests: number;
  readonly warmUp: number;
  readonly every: number;
  readonly onSample?: (sample: MemorySample) => void;
}): Promise<MemoryResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-memory-'));
  const upstream = await startUpstream();
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(DOCUMENT));
  writeFileSync(
    join(folder, 'jwks.json'),
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] }),
  );
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    `api: openapi.json\nupstream: http://127.0.0.1:${(upstream.address() as AddressInfo).port}\n${POLICY}`,
  );
  const child = fork(join(import.meta.dirname, 'memory-door.ts'), [join(folder, 'sallyport.yaml')], {
    execArgv: ['--expose-gc', '--conditions=sallyport-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const { port } = await ask<{ port: number }>(child, null);
    const statuses = new Map<string, number>();
    // A door that ended is the reason, and its broken connections only what shows first.
    const ended = (error: unknown): Promise<never> =>
      new Promise((_, reject) =>
        setTimeout(
          () =>
            reject(
              new Error(
                `a connection broke; the door ${child.exitCode === null && child.signalCode === null ? 'runs' : `ended with ${child.signalCode ?? child.exitCode}`}`,
                { cause: error },
              ),
            ),
          500,
        ),
      );
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      const to = sent + count;
      await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, i) => sendOn(port, sent + i, to, CONNECTIONS, statuses)),
      ).catch(ended);
      sent = to;
    };
    const sample = async (): Promise<MemorySample> => {
      // Counters as good as new are let go of when their window has passed twice and somebody asks.
      for (let turn = 0; turn < 2; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        await send(96);
      }
      return { requests: sent, ...(await ask<Omit<MemorySample, 'requests'>>(child, 'measure')) };
    };
    await send(options.warmUp / 2);
    // A collection lets go of what the compiler needed for code that was hot only at first.
    await sample();
    await send(options.warmUp / 2);
    const baseline = await sample();
    options.onSample?.(baseline);
    const startedMs = performance.now();
    let end = baseline;
    for (let done = 0; done < options.requests; done += options.every) {
      await send(Math.min(options.every, options.requests - done));
      end = await sample();
      options.onSample?.(end);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      baseline,
      end,
      ratio: (end.heapUsed + end.external) / (baseline.heapUsed + baseline.external),
      seconds,
      statuses,
    };
  } finally {
    child.removeAllListeners();
    child.kill('SIGKILL');
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(2).padStart(8)} MB`;
  const print = ({ requests, heapUsed, external, rss }: MemorySample): void =>
    console.log(
      `${String(requests).padStart(9)} requests  heap ${megabytes(heapUsed)}  external ${megabytes(external)}  resident ${megabytes(rss)}`,
    );
  const result = await measureMemory({
    requests: Number(process.argv[2] ?? 1_000_000),
    warmUp: 100_000,
    every: 50_000,
    onSample: print,
  });
  console.log(
    `heap and external memory: ${((result.ratio - 1) * 100).toFixed(2)} % more than after warm-up, ${result.seconds.toFixed(0)} s; answers ${[...result.statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`,
  );
}
