import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';

export const WIRES = ['HTTP/1.1', 'HTTP/1.1 with TLS', 'HTTP/2'] as const;
export type Wire = (typeof WIRES)[number];

/** What became of one request: its status where the answer came whole, and else how far it came. */
export type Outcome = number | 'unanswered' | 'broken';

/** Clients that ask on kept connections, each again as soon as it was answered. */
export interface Load {
  readonly outcomes: readonly Outcome[];
  /** Connections that were made. */
  readonly connections: () => number;
  /** Requests that the system has taken, and for which nothing has come yet. */
  readonly underWay: () => ReadonlySet<Promise<Outcome>>;
  /** Resolves when each client has stopped, because it was told to or nobody listens any more, and its connection has ended. */
  readonly over: Promise<void>;
  stop(): void;
}

const BODY = JSON.stringify({ text: 'x'.repeat(20_000) });
const CLIENTS = 6;
/** Requests that a client of HTTP/2 has under way at the same time. */
const STREAMS = 4;

interface Client {
  /** `onSent` is called once the whole request was handed over. */
  ask(post: boolean, onSent: () => void): Promise<Outcome>;
  /** It can ask no more. */
  readonly ended: boolean;
  close(): Promise<void>;
}

export function startLoad(wire: Wire, url: string, ca: string): Load {
  let told = false;
  let connections = 0;
  const outcomes: Outcome[] = [];
  const underWay = new Set<Promise<Outcome>>();
  const onConnect = (): void => void (connections += 1);
  const clients = Array.from({ length: CLIENTS }, () =>
    wire === 'HTTP/2' ? http2Client(url, ca, onConnect) : http1Client(url, ca, onConnect),
  );
  const asking = async (client: Client, first: number): Promise<void> => {
    for (let count = first; !told && !client.ended; count++) {
      const asked: Promise<Outcome> = client.ask(count % 3 === 0, () => underWay.add(asked));
      outcomes.push(await asked);
      underWay.delete(asked);
    }
  };
  const over = Promise.all(
    clients.map(async (client, index) => {
      const atOnce = wire === 'HTTP/2' ? STREAMS : 1;
      await Promise.all(Array.from({ length: atOnce }, (_, i) => asking(client, index + i)));
      await client.close();
    }),
  ).then(() => undefined);
  return {
    outcomes,
    connections: () => connections,
    underWay: () => new Set(underWay),
    over,
    stop: () => void (told = true),
  };
}

function http1Client(url: string, ca: string, onConnect: () => void): Client {
  const secure = url.startsWith('https:');
  const agent = secure
    ? new SecureAgent({ keepAlive: true, maxSockets: 1, ca })
    : new Agent({ keepAlive: true, maxSockets: 1 });
  const closed: Promise<void>[] = [];
  const seen = new WeakSet();
  let ended = false;
  return {
    get ended() {
      return ended;
    },
    ask: (post, onSent) =>
      new Promise((resolve) => {
        const request = (secure ? httpsRequest : httpRequest)(`${url}${post ? '/items' : '/fast'}`, {
          agent,
          method: post ? 'POST' : 'GET',
          headers: post ? { 'Content-Type': 'application/json' } : {},
        });
        request.on('socket', (socket) => {
          if (seen.has(socket)) return;
          seen.add(socket);
          socket.once('connect', onConnect);
          closed.push(new Promise((done) => socket.once('close', () => done())));
        });
        request.on('finish', onSent);
        request.on('error', (error: Error & { code?: string }) => {
          if (error.code === 'ECONNREFUSED') ended = true;
          resolve('unanswered');
        });
        request.on('response', (response) => {
          response.on('error', () => resolve('broken'));
          response.on('end', () => resolve(response.statusCode ?? 0));
          response.resume();
        });
        request.end(post ? BODY : '');
      }),
    async close() {
      agent.destroy();
      await Promise.all(closed);
    },
  };
}

function http2Client(url: string, ca: string, onConnect: () => void): Client {
  const session: ClientHttp2Session = connect(url, { ca });
  const closed = new Promise<void>((done) => session.once('close', () => done()));
  session.on('error', () => undefined);
  session.once('connect', onConnect);
  return {
    get ended() {
      return session.closed || session.destroyed;
    },
    ask: (post, onSent) =>
      new Promise((resolve) => {
        const head: OutgoingHttpHeaders = post
          ? { ':method': 'POST', ':path': '/items', 'content-type': 'application/json' }
          : { ':path': '/fast' };
        const stream = session.request(head, { endStream: !post });
        let status = 0;
        let whole = false;
        stream.on('response', (fields) => (status = Number(fields[':status'])));
        stream.on('error', () => undefined);
        stream.on('finish', onSent);
        stream.on('end', () => (whole = true));
        stream.on('close', () => resolve(status === 0 ? 'unanswered' : whole ? status : 'broken'));
        stream.resume();
        if (post) stream.end(BODY);
      }),
    async close() {
      session.close();
      await closed;
    },
  };
}
