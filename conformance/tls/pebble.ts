import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority } from './certificates.ts';
import { hasProgram } from './tls-clients.ts';

export interface PebbleOptions {
  /** Of a hundred good nonces, how many are refused. */
  readonly nonceReject?: number;
  /** Accounts need this key in base64url, under the name `kid-1`. */
  readonly eabKey?: string;
  /** Up to so many seconds are slept before a challenge is looked at. */
  readonly sleepSeconds?: number;
}

/** The domain that it refuses by its policy. */
export const BLOCKED = 'blocked.example.com';

/** A real ACME authority, Let's Encrypt's own for tests, and the two ports where it looks for challenges, whatever the domain. */
export interface Pebble {
  readonly directory: string;
  /** In PEM: what its https is verified by. */
  readonly ca: string;
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Not before it answers. */
  start(options?: PebbleOptions): Promise<void>;
  stop(): Promise<void>;
  /** The authority's own lines since it was started. */
  log(): string;
  close(): Promise<void>;
}

/** Null where there is no pebble or no openssl. */
export async function createPebble(): Promise<Pebble | null> {
  const authority = createTestAuthority();
  if (authority === null) return null;
  if (!hasProgram('pebble')) {
    authority.close();
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pebble-'));
  const own = authority.issue('127.0.0.1');
  writeFileSync(join(folder, 'cert.pem'), own.certificate);
  writeFileSync(join(folder, 'key.pem'), own.key);
  const [port = 0, httpPort = 0, tlsPort = 0] = await freePorts(3);
  const names = await nameServer();
  let child: ChildProcess | null = null;
  let said = '';
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('close', () => resolve()));
    running.kill('SIGKILL');
    await ended;
  };
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    ca: authority.certificate,
    httpPort,
    tlsPort,
    log: () => said,
    stop,
    async start({ nonceReject = 5, eabKey, sleepSeconds } = {}) {
      await stop();
      said = '';
      const pebble = {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: '',
        certificate: join(folder, 'cert.pem'),
        privateKey: join(folder, 'key.pem'),
        httpPort,
        tlsPort,
        domainBlocklist: [BLOCKED],
        externalAccountBindingRequired: eabKey !== undefined,
        ...(eabKey === undefined ? {} : { externalAccountMACKeys: { 'kid-1': eabKey } }),
      };
      writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble }));
      const started = spawn('pebble', ['-strict', '-config', 'pebble.json', '-dnsserver', `127.0.0.1:${names.port}`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          PEBBLE_WFE_NONCEREJECT: String(nonceReject),
          PEBBLE_AUTHZREUSE: '0',
          ...(sleepSeconds === undefined ? { PEBBLE_VA_NOSLEEP: '1' } : { PEBBLE_VA_SLEEPTIME: String(sleepSeconds) }),
        },
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        const read = (chunk: Buffer): void => {
          said += chunk.toString();
          if (said.includes('ACME directory available')) resolve();
        };
        started.stdout.on('data', read);
        started.stderr.on('data', read);
        started.once('error', reject);
        started.once('close', () => reject(new Error(`pebble ended: ${said}`)));
      });
    },
    async close() {
      await stop();
      names.close();
      authority.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ports that are free now. They must be known before either side listens: each is told the other's. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

/** Answers 127.0.0.1 for every name, and nothing but that (RFC 1035, section 4). */
async function nameServer(): Promise<{ readonly port: number; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    let at = 12;
    while (at < query.length && query[at] !== 0) at += 1 + (query[at] as number);
    const question = query.subarray(12, at + 5);
    const isAddress = question.readUInt16BE(question.length - 4) === 1;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(isAddress ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat(isAddress ? [head, question, answer] : [head, question]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, close: () => void socket.close() };
}
