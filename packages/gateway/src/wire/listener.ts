import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly maxConnections: number;
  readonly tls: { readonly certificate: string; readonly key: string } | null;
}

export interface ListenerEvents {
  onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  /** Bytes that are no acceptable HTTP; the socket is still open and nothing was answered. */
  onMalformed(error: Error & { code?: string }, socket: Duplex): void;
  onExpectation(request: IncomingMessage, response: ServerResponse): void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  connections(): Promise<number>;
  /** Takes no new connections, closes idle ones, and resolves when the last has ended or `timeoutMs` has passed and the rest were cut. */
  drain(timeoutMs: number): Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;
/** How often Node looks for connections past their head or request timeout. */
const CHECK_MS = 1_000;

/** Listens with Node's strict HTTP/1.1 parser. Rejects when the address cannot be had. */
export function createListener(options: ListenerOptions, events: ListenerEvents): Promise<Listener> {
  const http = {
    insecureHTTPParser: false,
    // Ours answers with a problem and a record; Node's own check answers with nothing.
    requireHostHeader: false,
    maxHeaderSize: options.maxHeadBytes,
    headersTimeout: options.headTimeoutMs,
    requestTimeout: options.headTimeoutMs + options.bodyTimeoutMs,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    optimizeEmptyRequests: true,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => events.onRequest(request, response, false);
  const server: Server =
    options.tls === null
      ? createHttpServer(http, onRequest)
      : createHttpsServer({ ...http, cert: options.tls.certificate, key: options.tls.key, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], honorCipherOrder: true }, onRequest);
  // 0 is no limit: with a limit Node drops the headers past it silently, and a guard must see what the upstream would.
  server.maxHeadersCount = 0;
  server.maxConnections = options.maxConnections;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => events.onRequest(request, response, true));
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => events.onExpectation(request, response));
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => events.onMalformed(error, socket));
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => events.onMalformed(Object.assign(new Error('CONNECT is for proxies'), { code: 'SALLYPORT_CONNECT' }), socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({
        host: address.address,
        port: address.port,
        connections: () => new Promise((done) => server.getConnections((_error, count) => done(count))),
        drain: (timeoutMs) => drain(server, timeoutMs),
      });
    });
  });
}

function drain(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
