import { createServer, type AddressInfo, type Socket } from 'node:net';

/** An upstream on bare sockets, which can do what no HTTP server would. */
export interface TcpUpstream {
  readonly port: number;
  readonly url: string;
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Heads of requests seen so far, over all connections. */
  readonly heads: readonly string[];
  /** Connections accepted so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

/** Calls `onHead` for each request head that arrives; what comes after it is left to the callback's own listeners. */
export async function createTcpUpstream(
  onHead: (socket: Socket, head: string, number: number) => void,
): Promise<TcpUpstream> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    let waiting = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      waiting += chunk.toString('latin1');
      for (let end = waiting.indexOf('\r\n\r\n'); end >= 0; end = waiting.indexOf('\r\n\r\n')) {
        const head = waiting.slice(0, end);
        waiting = waiting.slice(end + 4);
        heads.push(head);
        onHead(socket, head, heads.length);
      }
      // Bodies are nobody's here; a test that wants them listens itself.
      if (waiting.length > 1_000_000) waiting = '';
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    sockets,
    heads,
    accepted: () => accepted,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole answer of JSON. */
export function okAnswer(body = '{"ok":true}'): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
