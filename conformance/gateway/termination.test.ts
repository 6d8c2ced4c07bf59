import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { until } from '../door.ts';
import type { AddressInfo } from 'node:net';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
let folder: string;
let upstream: Server;
let child: ChildProcess;
let errors = '';
const waiting: ServerResponse[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-run-'));
  waiting.length = 0;
  errors = '';
  upstream = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/slow') waiting.push(response);
    else response.end('{"ok":true}');
  });
  await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  upstream.closeAllConnections();
  await new Promise((done) => upstream.close(done));
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command line's gateway and resolves with its address. `readOutput: false` leaves its log in a pipe that nobody empties. */
async function run(
  policy: string,
  readOutput = true,
): Promise<{ url: string; port: number; output: () => string; exit: Promise<number | null> }> {
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(SMALL_API));
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    `api: openapi.json\nupstream: http://127.0.0.1:${(upstream.address() as AddressInfo).port}\nadmin: { port: 0 }\n${SMALL_POLICY}${policy}`,
  );
  child = spawn(
    process.execPath,
    ['--conditions=sallyport-source', MAIN, 'run', '--config', join(folder, 'sallyport.yaml'), '--port', '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  if (readOutput) child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = new Promise<number | null>((done) => child.on('exit', (code) => done(code)));
  const [, port = ''] = await until(() => {
    if (child.exitCode !== null) throw new Error(errors);
    return /door\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(errors);
  });
  return { url: `http://127.0.0.1:${port}`, port: Number(port), output: () => output, exit };
}

describe('SIGTERM', () => {
  it('lets exchanges under way finish, takes no new ones, closes idle connections and exits with 0', async () => {
    const door = await run('');
    const idle = connect(door.port, '127.0.0.1');
    const idleClosed = new Promise((done) => idle.on('close', done));
    idle.write('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((done) => idle.once('data', done));
    const underWay = fetch(`${door.url}/slow`);
    await until(() => waiting.length === 1);
    child.kill('SIGTERM');
    await idleClosed;
    await expect(fetch(`${door.url}/fast`)).rejects.toThrow();
    waiting[0]?.end('{"ok":true}');
    const answer = await underWay;
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await door.exit).toBe(0);
    expect(door.output().trim().split('\n').length).toBe(2);
  });

  it('cuts what is not done within drainTimeout, with a record', async () => {
    const door = await run('listen: { drainTimeout: 300ms }\n');
    const underWay = fetch(`${door.url}/slow`).catch(() => 'cut');
    await until(() => waiting.length === 1);
    child.kill('SIGTERM');
    expect(await underWay).toBe('cut');
    expect(await door.exit).toBe(0);
    expect(door.output()).toContain('"http.response.status_code":499');
  });

  it('sent twice ends at once', async () => {
    const door = await run('listen: { drainTimeout: 60s }\n');
    const underWay = fetch(`${door.url}/slow`).catch(() => 'cut');
    await until(() => waiting.length === 1);
    child.kill('SIGTERM');
    let refused = false;
    while (!refused)
      refused = await fetch(`${door.url}/fast`).then(
        () => false,
        () => true,
      );
    child.kill('SIGTERM');
    expect(await door.exit).toBe(1);
    expect(await underWay).toBe('cut');
  });

  it('ends a door whose log nobody reads', async () => {
    const door = await run('log: { level: info }\n', false);
    for (let i = 0; i < 300; i++) await (await fetch(`${door.url}/fast`)).arrayBuffer();
    child.kill('SIGTERM');
    const code = await Promise.race([door.exit, new Promise((done) => setTimeout(() => done('hangs'), 8_000))]);
    expect(code).toBe(0);
  });

  it('a log whose reader has gone stops no exchange', async () => {
    const door = await run('');
    child.stdout?.destroy();
    for (let i = 0; i < 50; i++) expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await door.exit).toBe(0);
  });
});

describe('SIGHUP', () => {
  it('reloads, and refuses what is bad with its place', async () => {
    const door = await run('');
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify({ ...SMALL_API, paths: { '/new': SMALL_API.paths['/fast'] } }));
    child.kill('SIGHUP');
    let status = 404;
    for (let i = 0; i < 100 && status !== 200; i++) status = (await fetch(`${door.url}/new`)).status;
    expect(status).toBe(200);
    writeFileSync(
      join(folder, 'sallyport.yaml'),
      `${readFileSync(join(folder, 'sallyport.yaml'), 'utf8')}\nnonsense: 1\n`,
    );
    child.kill('SIGHUP');
    await until(() => errors.includes('the running policy stays'));
    expect(errors).toMatch(/sallyport\.yaml:\d+:\d+ POLICY_UNKNOWN/);
    expect((await fetch(`${door.url}/new`)).status).toBe(200);
  });
});

describe('a door that is still starting', () => {
  /** Starts one whose secret Vault is asked for, and resolves when it waits for that. `refuse` lets Vault answer that there is none. */
  async function starting(): Promise<{ readonly exit: Promise<number | string | null>; refuse(): void }> {
    const asked: ServerResponse[] = [];
    upstream.removeAllListeners('request');
    upstream.on('request', (_request, response) => asked.push(response));
    const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(SMALL_API));
    writeFileSync(join(folder, 'token'), 'a-token');
    writeFileSync(
      join(folder, 'sallyport.yaml'),
      `api: openapi.json\nupstream: ${address}\nvault: { address: "${address}", token: token }\nstore: { url: sqlite:store.db, key: "\${vault:secret/door#key}" }\n${SMALL_POLICY}`,
    );
    child = spawn(
      process.execPath,
      ['--conditions=sallyport-source', MAIN, 'run', '--config', join(folder, 'sallyport.yaml'), '--port', '0'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exit = new Promise<number | string | null>((done) =>
      child.on('exit', (code, signal) => done(code ?? signal)),
    );
    await until(() => {
      if (child.exitCode !== null) throw new Error(errors);
      return asked.length > 0;
    });
    return {
      exit,
      refuse() {
        upstream.removeAllListeners('request');
        upstream.on('request', (_request, response) => response.writeHead(403).end('{"errors":["permission denied"]}'));
        for (const response of asked) response.writeHead(403).end('{"errors":["permission denied"]}');
      },
    };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('stops at %s, with 0', async (signal) => {
    const door = await starting();
    child.kill(signal);
    expect(await door.exit).toBe(0);
    expect(errors).toBe('');
  });

  it('goes on starting at SIGHUP', async () => {
    const door = await starting();
    child.kill('SIGHUP');
    door.refuse();
    expect(await door.exit).toBe(2);
    expect(errors).toContain('nothing was started');
  });
});
