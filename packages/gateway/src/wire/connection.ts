import type { Duplex } from 'node:stream';

/** An exchange as its connection sees it. */
export interface ConnectedExchange {
  /** True while bytes of its request are still to come. */
  readonly requestOpen: boolean;
  /** The rest of its request will never come, or is not what it should be. */
  breakRequest(error: Error & { code?: string }): void;
  /** The client has gone; whoever waits in the queue of a pipelining client hears of it here alone. */
  onConnectionClosed(): void;
}

/** What is under way on one connection: pipelined requests are answered in order, and a broken one comes last. */
class Connection {
  readonly under: ConnectedExchange[] = [];
  afterwards: (() => void) | null = null;
  /** Nothing more is taken from it: it was told that it ends, and what still comes is no request. */
  ended = false;
}

const CONNECTIONS = new WeakMap<Duplex, Connection>();

/** What the system says of a peer that has gone. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED']);

/** Notes that an exchange began on a connection. */
export function beginOn(socket: Duplex, exchange: ConnectedExchange): void {
  let connection = CONNECTIONS.get(socket);
  if (connection === undefined) {
    connection = watch(socket);
    CONNECTIONS.set(socket, connection);
  }
  connection.under.push(exchange);
}

function watch(socket: Duplex): Connection {
  const connection = new Connection();
  socket.once('close', () => {
    connection.ended = true;
    connection.afterwards = null;
    for (const exchange of connection.under.splice(0)) exchange.onConnectionClosed();
  });
  return connection;
}

/** Notes that the answer of an exchange is out; whatever was waiting for the last of them now happens. */
export function endOn(socket: Duplex, exchange: ConnectedExchange): void {
  const connection = CONNECTIONS.get(socket);
  if (connection === undefined) return;
  const { under } = connection;
  if (under.length === 1 && under[0] === exchange) under.length = 0;
  else {
    const index = under.indexOf(exchange);
    if (index >= 0) under.splice(index, 1);
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
