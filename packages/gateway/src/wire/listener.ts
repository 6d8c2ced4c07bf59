import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createDoorHandshake } from '../tls/door-handshake.ts';
import type { DoorTls } from '../tls/load-door-tls.ts';
import type { HandshakeFailure } from '../tls/handshake-failure.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly maxConnections: number;
  readonly tls: DoorTls | null;
}

export interface ListenerEvents {
  onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  /** Bytes that are no acceptable HTTP; the socket is still open and nothing was answered. */
  onMalformed(error: Error & { code?: string }, socket: Duplex): void;
  /** A TLS handshake came to nothing; the socket is closed already. */
  onHandshakeFailure(failure: HandshakeFailure): void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  connections(): Promise<number>;
  /** Takes no new connections, closes idle ones, and resolves when the last has ended or `timeoutMs` has passed and the rest were cut. */
  drain(timeoutMs: number): Promise<void>;
  /** New connections get these certificates from now on; no connection is dropped but one whose own certificate is required and no longer good. */
  renew(tls: DoorTls): void;
}

const KEEP_ALIVE_MS = 30_000;
/** How often Node looks for connections past their head or request timeout. */
const CHECK_MS = 1_000;
const IDLE_CHECK_MS = 100;

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
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    events.onRequest(request, response, false);
  const handshakes = options.tls === null ? null : createDoorHandshake(options.tls, ['http/1.1'], events);
  const tlsServer =
    handshakes === null
      ? null
      : createHttpsServer({ ...http, ...handshakes.options, handshakeTimeout: options.headTimeoutMs }, onRequest);
  if (tlsServer !== null) handshakes?.attach(tlsServer);
  const server: Server = tlsServer ?? createHttpServer(http, onRequest);
  // 0 is no limit: with a limit Node drops the headers past it silently, and a guard must see what the upstream would.
  server.maxHeadersCount = 0;
  server.maxConnections = options.maxConnections;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    events.onRequest(request, response, true),
  );
  // The head stage refuses it, in the order of the requests.
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    // Nobody is there to be answered, and a record for each would let strangers fill the disk with half a packet.
    if (handshakes?.failed(socket) === true) socket.destroy();
    else events.onMalformed(error, socket);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    events.onMalformed(Object.assign(new Error('CONNECT is for proxies'), { code: 'SALLYPORT_CONNECT' }), socket),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({
        host: address.address,
        port: address.port,
        connections: () => new Promise((done) => server.getConnections((_error, count) => done(count))),
        drain(timeoutMs) {
          handshakes?.close();
          return drain(server, timeoutMs);
        },
        renew(tls) {
          handshakes?.renew(tls);
        },
      });
    });
  });
}

function drain(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    // A connection whose answer had begun before is told of no end, and becomes idle only after it.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
