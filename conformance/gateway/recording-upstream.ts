import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readStrictRequests } from './strict-requests.ts';

/** An upstream that keeps every byte it gets, connection by connection, and answers each request that is whole. */
export interface RecordingUpstream {
  readonly port: number;
  /** The bytes of each connection, as latin1. */
  readonly streams: () => readonly string[];
  /** Whether the connection was closed by the door; only then may it end in the middle of a request. */
  isCut(index: number): boolean;
  close(): Promise<void>;
}

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';

export async function createRecordingUpstream(): Promise<RecordingUpstream> {
  const streams: string[] = [];
  const sockets = new Set<Socket>();
  const cut = new Set<number>();
  const server = createServer((socket) => {
    const index = streams.push('') - 1;
    let answered = 0;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      cut.add(index);
    });
    socket.on('data', (chunk: Buffer) => {
      streams[index] += chunk.toString('latin1');
      let whole: number;
      try {
        whole = readStrictRequests(streams[index] ?? '').length;
      } catch {
        return;
      }
      for (; answered < whole; answered++) socket.write(ANSWER);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    streams: () => streams,
    isCut: (index) => cut.has(index),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
