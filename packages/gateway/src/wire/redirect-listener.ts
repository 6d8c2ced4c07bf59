import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deny, PROBLEM_TYPE, renderProblem, type Denial } from '@sallyport/core';
import { plainHeaders } from './own-headers.ts';
import { watchRefused, type OnRefused } from './refused-connections.ts';
import { covers } from '../tls/door-certificate.ts';

export interface RedirectOptions {
  readonly host: string;
  readonly port: number;
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly maxConnections: number;
  /** A connection was not taken, and why. */
  readonly onRefused: OnRefused;
  /** Asked for each request, as a reload may change them: host names that are served, `*.` allowed. */
  names(): readonly string[];
  /** What is answered to an authority that looks for a challenge at this target (RFC 8555, section 8.3); null for whatever else. */
  challenge(target: string): string | null;
  /** Where clients are sent. */
  httpsPort(): number;
  /** Names and values in turn; Strict-Transport-Security is left out (RFC 6797, section 7.2). */
  ownHeaders(): readonly string[];
  nextRequestId(): string;
  record(exchange: RedirectedExchange): void;
}

/** One request to the redirect port, for its record. */
export interface RedirectedExchange {
  readonly requestId: string;
  readonly peerAddress: string;
  readonly method: string;
  readonly status: number;
  readonly denial: Denial | null;
  readonly bytes: number;
}

export interface RedirectListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Takes plain HTTP and passes nothing on. GET and HEAD for a name that is served are sent to the same target under https with 308; everything
 * else is refused. The name comes from the Host header and must be one of ours: sending clients wherever a header says is an open redirect.
 */
export function createRedirectListener(options: RedirectOptions): Promise<RedirectListener> {
  const server = createServer(
    {
      maxHeaderSize: options.maxHeadBytes,
      headersTimeout: options.headTimeoutMs,
      requestTimeout: options.headTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 1,
    },
    (request, response) => answer(request, response, options),
  );
  server.maxConnections = options.maxConnections;
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, options),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      watchRefused(server, options.onRefused);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function answer(request: IncomingMessage, response: ServerResponse, options: RedirectOptions): void {
  const requestId = options.nextRequestId();
  const method = request.method ?? '';
  const proof = method === 'GET' ? options.challenge(request.url ?? '') : null;
  const location = proof === null && (method === 'GET' || method === 'HEAD') ? locationOf(request, options) : null;
  const denial = location === null && proof === null ? deny('TLS_REQUIRED', 'head') : null;
  const problem = denial === null ? null : renderProblem(denial, requestId);
  const body = Buffer.from(problem?.body ?? proof ?? '');
  const status = problem?.status ?? (proof === null ? 308 : 200);
  const headers = ['X-Request-Id', requestId, 'Content-Length', String(body.length), 'Connection', 'close'];
  const type = proof === null ? PROBLEM_TYPE : 'application/octet-stream';
  headers.push(...(location === null ? ['Content-Type', type] : ['Location', location]));
  headers.push(...plainHeaders(options.ownHeaders()));
  response.writeHead(status, headers);
  response.end(method === 'HEAD' ? undefined : body);
  options.record({
    requestId,
    peerAddress: request.socket.remoteAddress ?? '',
    method,
    status,
    denial,
    bytes: method === 'HEAD' ? 0 : body.length,
  });
}

/** The https address of a request; null where it is none of ours, or its target is not one path. */
function locationOf(request: IncomingMessage, options: RedirectOptions): string | null {
  const hosts = request.rawHeaders.filter((_, i) => i % 2 === 1 && request.rawHeaders[i - 1]?.toLowerCase() === 'host');
  const [host] = hosts;
  const target = request.url ?? '';
  if (host === undefined || hosts.length > 1 || !/^\/[\x21-\x7e]*$/.test(target)) return null;
  const name = host.replace(/:\d{0,5}$/, '').toLowerCase();
  if (!/^[a-z0-9.-]{1,253}$/.test(name) || !options.names().some((served) => covers(served, name))) return null;
  const port = options.httpsPort();
  return `https://${name}${port === 443 ? '' : `:${port}`}${target}`;
}
