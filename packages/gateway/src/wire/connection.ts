import type { Duplex } from 'node:stream';

/** An exchange as its connection sees it. */
export interface ConnectedExchange {
  /** True while bytes of its request are still to come. */
  readonly requestOpen: boolean;
  /** Its turn has come; once, and maybe after it has ended. */
  run(): void;
  /** The rest of its request will never come, or is not what it should be. */
  breakRequest(error: Error & { code?: string }): void;
  /** The client has gone; whoever waits in the queue of a pipelining client hears of it here alone. */
  onConnectionClosed(): void;
}

/** What is under way on one connection: pipelined requests are answered in order, and a broken one comes last. */
class Connection {
  readonly under: ConnectedExchange[] = [];
  /** How many of them, from the first, have had their turn. */
  running = 0;
  paused = false;
  afterwards: (() => void) | null = null;
  /** Nothing more is taken from it: it was told that it ends, and what still comes is no request. */
  ended = false;
}

const CONNECTIONS = new WeakMap<Duplex, Connection>();

/** What the system says of a peer that has gone. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED']);

/** Pipelined requests of one connection that are worked on at once: one client must not have every connection to the upstream. */
const MAX_RUNNING = 16;
/** Requests that one read may bring beyond them. More are sent to cost memory, and the connection ends. */
const MAX_WAITING = 1000;

/** False where the connection was told that it ends, and what still comes on it is no request. */
export function takesRequests(socket: Duplex): boolean {
  return CONNECTIONS.get(socket)?.ended !== true;
}

/** Notes that an exchange began on a connection, and runs it when its turn comes. What waits behind it is not read meanwhile. */
export function beginOn(socket: Duplex, exchange: ConnectedExchange): void {
  let connection = CONNECTIONS.get(socket);
  if (connection === undefined) {
    connection = watch(socket);
    CONNECTIONS.set(socket, connection);
  }
  connection.under.push(exchange);
  if (connection.under.length > MAX_RUNNING + MAX_WAITING) {
    connection.ended = true;
    socket.destroy();
    return;
  }
  if (connection.running < MAX_RUNNING) {
    connection.running += 1;
    exchange.run();
  } else {
    connection.paused = true;
    socket.pause();
  }
}

function runNext(socket: Duplex, connection: Connection): void {
  while (connection.running < MAX_RUNNING && connection.running < connection.under.length) {
    const next = connection.under[connection.running];
    connection.running += 1;
    next?.run();
  }
  if (connection.paused && connection.running === connection.under.length) {
    connection.paused = false;
    resume(socket);
  }
}

/** Not before the client has read what it was answered: Node pauses it for that as well. */
function resume(socket: Duplex): void {
  if (socket.writableNeedDrain) socket.once('drain', () => socket.resume());
  else socket.resume();
}

function watch(socket: Duplex): Connection {
  const connection = new Connection();
  socket.once('close', () => {
    connection.ended = true;
    connection.afterwards = null;
    connection.running = 0;
    for (const exchange of connection.under.splice(0)) exchange.onConnectionClosed();
  });
  return connection;
}

/** Notes that the answer of an exchange is out; whatever was waiting for the last of them now happens. */
export function endOn(socket: Duplex, exchange: ConnectedExchange): void {
  const connection = CONNECTIONS.get(socket);
  if (connection === undefined) return;
  const { under } = connection;
  if (under.length === 1 && under[0] === exchange) {
    under.length = 0;
    connection.running = 0;
  } else {
    const index = under.indexOf(exchange);
    if (index >= 0) under.splice(index, 1);
    if (index >= 0 && index < connection.running) connection.running -= 1;
    runNext(socket, connection);
  }
  if (under.length > 0) return;
  const { afterwards } = connection;
  connection.afterwards = null;
  if (afterwards !== null) setImmediate(afterwards);
}

/**
 * Gives broken bytes to whom they belong: the exchange whose request is not whole yet, or nobody, once every earlier exchange of the
 * connection has its answer. Answering at once would make a client take the refusal for the answer to an earlier request. Broken bytes
 * are answered once: what follows them on the connection has no meaning.
 */
export function breakOn(socket: Duplex, error: Error & { code?: string }, refuse: () => void): void {
  let connection = CONNECTIONS.get(socket);
  if (connection === undefined) {
    connection = watch(socket);
    CONNECTIONS.set(socket, connection);
  }
  if (connection.ended) return;
  connection.ended = true;
  // Nobody is there to be answered; exchanges under way hear of it when the socket closes, and an idle connection was no exchange.
  if (GONE.has(error.code ?? '')) {
    socket.destroy();
    return;
  }
  const latest = connection.under.at(-1);
  if (latest === undefined) return refuse();
  // The client has closed its side in the middle of a request, as one does that goes away.
  if (error.code === 'HPE_INVALID_EOF_STATE') {
    socket.destroy();
    return;
  }
  if (latest.requestOpen) return latest.breakRequest(error);
  connection.afterwards = refuse;
}

/** What still comes on the connection is no request: it ends with the answer that goes out. */
export function endAfterReply(socket: Duplex): void {
  const connection = CONNECTIONS.get(socket);
  if (connection !== undefined) connection.ended = true;
}
