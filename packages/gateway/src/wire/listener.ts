import { performance } from 'node:perf_hooks';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { ClientConnection } from './http1/client-connection.ts';
import { Http2Session } from './http2/http2-session.ts';
import { Http2Metrics } from '../metrics/http2-metrics.ts';
import { createDoorHandshake } from '../tls/door-handshake.ts';
import type { ClientExchange, ClientRequest, WireError } from './client-request.ts';
import type { ConnectionHost, HostedConnection, MalformedPeer } from './connection-host.ts';
import { hearPlainHttp } from './plain-on-tls.ts';
import type { DoorTls } from '../tls/load-door-tls.ts';
import { watchRefused, type OnRefused } from './refused-connections.ts';
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
  /** HTTP/2 for clients that ask for it in the TLS handshake, and where it is counted; null: not offered. */
  readonly http2: Http2Metrics | null;
}

export interface ListenerEvents {
  /** A request's head is there. `run` is called once, right after. */
  onRequest(request: ClientRequest): ClientExchange & { run(): void };
  /** Bytes that are no request; nothing was answered. */
  onMalformed(error: WireError, from: MalformedPeer): void;
  /** A TLS handshake came to nothing; the socket is closed already. */
  onHandshakeFailure(failure: HandshakeFailure): void;
  /** A connection was not taken, and why: too many are open, or the system has none to give. */
  onRefused: OnRefused;
  /** How long a client may take nothing of what is written to it; asked each time, as a reload may change it. */
  stallTimeoutMs(): number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  connections(): Promise<number>;
  /**
   * Takes the connections that the system has taken by now and reads what clients have sent, takes no new ones, closes idle ones, and resolves when the last has ended or
   * `timeoutMs` has passed and the rest were cut.
   */
  drain(timeoutMs: number): Promise<void>;
  /** New connections get these certificates from now on; no connection is dropped but one whose own certificate is required and no longer good. */
  renew(tls: DoorTls): void;
}

/** How often what is too late is looked for. */
const TICK_MS = 100;
/** What the clock goes on between two looks at most: a longer stall is one of this process, and no delay of a client's. */
const MAX_STEP_MS = 500;

/** Listens for HTTP/1.1, with TLS where the options say so, and then for HTTP/2 too. Rejects when the address cannot be had. */
export function createListener(options: ListenerOptions, events: ListenerEvents): Promise<Listener> {
  const open = new OpenConnections(options, events);
  const protocols = options.http2 === null ? ['http/1.1'] : ['h2', 'http/1.1'];
  const sockets = { allowHalfOpen: true, noDelay: true };
  const handshakes = options.tls === null ? null : createDoorHandshake(options.tls, protocols, events);
  const tlsServer =
    handshakes === null
      ? null
      : createTlsServer({ ...sockets, ...handshakes.options, handshakeTimeout: options.headTimeoutMs }, (socket) =>
          open.add(socket, socket),
        );
  if (tlsServer !== null) {
    handshakes?.attach(tlsServer);
    hearPlainHttp(tlsServer, (error, from) => events.onMalformed(error, from));
  }
  tlsServer?.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  const shaking = tlsServer === null ? null : watchHandshakes(tlsServer);
  const server: Server =
    tlsServer ?? createTcpServer({ ...sockets, pauseOnConnect: true }, (socket) => open.add(socket, null));
  server.maxConnections = options.maxConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      watchRefused(server, events.onRefused);
      const address = server.address() as AddressInfo;
      resolve({
        host: address.address,
        port: address.port,
        connections: () => new Promise((done) => server.getConnections((_error, count) => done(count))),
        drain(timeoutMs) {
          handshakes?.close();
          return drain(server, timeoutMs, open, () => shaking?.forEach((socket) => void socket.destroy()));
        },
        renew(tls) {
          handshakes?.renew(tls);
        },
      });
    });
  });
}

/** So many turns of the event loop it takes at most until a request is read that the system has already: this one, one that accepts its connection, one that reads. */
const TURNS_TO_READ = 3;
/** Connections that are taken while a listener ends: so many wait in the system at most, and who connects without a pause must not keep a door open. */
const MAX_LATE = 511;

/** The connections of a listener and their clock. */
class OpenConnections implements ConnectionHost {
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly http2: Http2Metrics;
  readonly #events: ListenerEvents;
  readonly #all = new Set<HostedConnection>();
  #timer: NodeJS.Timeout | null = null;
  #lookedMs = 0;
  draining = false;
  clockMs = 0;

  constructor(options: ListenerOptions, events: ListenerEvents) {
    this.maxHeadBytes = options.maxHeadBytes;
    this.headTimeoutMs = options.headTimeoutMs;
    this.bodyTimeoutMs = options.bodyTimeoutMs;
    this.http2 = options.http2 ?? new Http2Metrics();
    this.#events = events;
  }

  add(socket: Socket, tls: TLSSocket | null): void {
    // A client that has reset its connection already has no address any more: nothing could be held against it, and nobody awaits an answer.
    if (socket.remoteAddress === undefined) return void socket.destroy();
    if (this.#timer === null) {
      this.#lookedMs = performance.now();
      // Not before what has come is read: timers go first after a stall of ours, and what waits in the kernel is not the client's delay.
      this.#timer = setInterval(() => setImmediate(() => this.#tick()), TICK_MS);
    }
    const connection =
      tls !== null && tls.alpnProtocol === 'h2' ? new Http2Session(this, tls) : new ClientConnection(this, socket, tls);
    this.#all.add(connection);
    if (this.draining) connection.endIdle();
  }

  #tick(): void {
    const nowMs = performance.now();
    this.clockMs += Math.min(nowMs - this.#lookedMs, MAX_STEP_MS);
    this.#lookedMs = nowMs;
    for (const connection of this.#all) connection.tick(this.clockMs);
  }

  stallTimeoutMs(): number {
    return this.#events.stallTimeoutMs();
  }

  open(request: ClientRequest): ClientExchange & { run(): void } {
    return this.#events.onRequest(request);
  }

  onMalformed(error: WireError, from: MalformedPeer): void {
    this.#events.onMalformed(error, from);
  }

  onClosed(connection: HostedConnection): void {
    this.#all.delete(connection);
    if (this.#all.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  endSoon(): void {
    for (const connection of this.#all) connection.endSoon();
  }

  endIdle(): void {
    for (const connection of this.#all) connection.endIdle();
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }
}

/** The connections under TLS, also those whose handshake has not come to its end: nobody else knows of them. */
function watchHandshakes(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function drain(server: Server, timeoutMs: number, open: OpenConnections, cutHandshakes: () => void): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      open.destroy();
      cutHandshakes();
    }, timeoutMs);
    // Those that are still to be taken are told when all are in: whoever hears that the connection ends connects anew, and there would be no end of them.
    open.endSoon();
    whenAllAreIn(server, () => {
      open.draining = true;
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      open.endIdle();
    });
  });
}

/** Calls when nothing came for some turns: of the connections that wait, a turn brings one. */
function whenAllAreIn(server: Server, call: () => void): void {
  let turns = 0;
  let late = 0;
  const onConnection = (): void => {
    late += 1;
    if (late < MAX_LATE) turns = 0;
  };
  // One that is not taken, because too many are open, is out of the way too.
  server.on('connection', onConnection).on('drop', onConnection);
  const look = (): void => {
    turns += 1;
    if (turns <= TURNS_TO_READ) return void setImmediate(look);
    server.off('connection', onConnection).off('drop', onConnection);
    call();
  };
  look();
}
