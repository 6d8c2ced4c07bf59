import { connect } from 'node:net';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { startGateway, type Gateway, type Resolve } from '@sallyport/gateway';

export { until } from './until.ts';

/** What the upstream of a test saw of one request, as its own parser read it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface DoorOptions {
  /** An OpenAPI document as an object or as text. */
  readonly document: object | string;
  /** Lines of `sallyport.yaml` after `api` and `upstream`. */
  readonly policy?: string;
  /** Answers behind the door; default: 200 `{"ok":true}`. */
  readonly upstream?: (request: SeenRequest, response: ServerResponse) => void;
  /** Where the door sends requests instead of the upstream above. */
  readonly upstreamUrl?: string;
  /** More files beside the policy, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly watch?: boolean;
  /** How names are looked up that the door connects to by itself. */
  readonly resolve?: Resolve;
  /** The port to listen on where another program must know it beforehand; any free one where absent. */
  readonly port?: number;
}

/** A real gateway on real sockets, with a real upstream, for one test. */
export interface Door {
  readonly gateway: Gateway;
  readonly url: string;
  readonly folder: string;
  readonly seen: SeenRequest[];
  /** Log lines, parsed. */
  readonly log: Record<string, unknown>[];
  readonly logText: () => string;
  readonly upstream: Server;
  readonly upstreamPort: number;
  /** Sends bytes as they are, and resolves with everything that came back when the door closed the connection or `until` matches. */
  raw(bytes: string | Buffer | readonly (string | Buffer)[], until?: RegExp): Promise<string>;
  close(): Promise<void>;
}

/** Opens a door; every test closes its own. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const seen: SeenRequest[] = [];
  const log: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const answer =
    options.upstream ??
    ((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end('{"ok":true}');
    });
  const upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: SeenRequest = {
        method: request.method ?? '',
        url: request.url ?? '',
        rawHeaders: request.rawHeaders,
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      seen.push(one);
      answer(one, response);
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const upstreamPort = (upstream.address() as AddressInfo).port;
  writeFileSync(
    join(folder, 'openapi.json'),
    typeof options.document === 'string' ? options.document : JSON.stringify(options.document),
  );
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    `api: ${JSON.stringify(join(folder, 'openapi.json'))}\n${/^upstream:/m.test(options.policy ?? '') ? '' : `upstream: ${options.upstreamUrl ?? `http://127.0.0.1:${upstreamPort}`}\n`}${/^admin:/m.test(options.policy ?? '') ? '' : 'admin: { port: 0 }\n'}${(options.policy ?? '').replace(/^upstream: \{ /m, `upstream: { url: 'http://127.0.0.1:${upstreamPort}', `)}\n`,
  );
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      policyFile: join(folder, 'sallyport.yaml'),
      overrides: { port: options.port ?? 0 },
      environment: () => undefined,
      watch: options.watch ?? false,
      ...(options.resolve === undefined ? {} : { egress: { resolve: options.resolve } }),
      logLine(line) {
        lines.push(line);
        log.push(JSON.parse(line) as Record<string, unknown>);
      },
    });
  } catch (error) {
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    gateway,
    url: gateway.url,
    folder,
    seen,
    log,
    logText: () => lines.join('\n'),
    upstream,
    upstreamPort,
    raw: (bytes, until) => sendRaw(gateway.port, bytes, until),
    async close() {
      await gateway.close();
      upstream.closeAllConnections();
      await new Promise<void>((resolve) => upstream.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sends bytes on a bare socket, piece by piece, and resolves with all that came back as latin1. Gives up after ten seconds. */
export function sendRaw(
  port: number,
  bytes: string | Buffer | readonly (string | Buffer)[],
  until?: RegExp,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(done, 10_000);
    socket.on('connect', () => {
      for (const piece of Array.isArray(bytes) ? bytes : [bytes]) socket.write(piece as string | Buffer);
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (until?.test(received) === true) done();
    });
    socket.on('close', done);
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') done();
      else reject(error);
    });
  });
}
