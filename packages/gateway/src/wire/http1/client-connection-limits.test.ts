import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Http2Metrics } from '../../metrics/http2-metrics.ts';
import type { ClientRequest } from '../client-request.ts';
import { ClientConnection } from './client-connection.ts';

/** A client whose bytes come when a test says so, and which takes what is written only where `takes`. */
class FakeSocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  takes = true;
  written = '';
  #taken = 0;

  /** What waits counts, as it does for a socket. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  override _read(): void {
    // Bytes come when they come.
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    if (!this.takes) return;
    this.#taken += bytes.length;
    this.written += bytes.toString('latin1');
    taken();
  }

  /** Lets bytes come, and what is done in the turn behind them be done. */
  async sends(text: string): Promise<void> {
    this.push(text, 'latin1');
    for (let i = 0; i < 4; i++) await nextTurn();
  }
}

/** A connection, the clock it looks at, and what it tells. */
function connected(run: (request: ClientRequest) => void): {
  readonly socket: FakeSocket;
  readonly told: string[];
  readonly at: (nowMs: number) => void;
} {
  const socket = new FakeSocket();
  const told: string[] = [];
  const host = {
    maxHeadBytes: 16_384,
    headTimeoutMs: 1_000,
    bodyTimeoutMs: 2_000,
    draining: false,
    clockMs: 0,
    http2: new Http2Metrics(),
    stallTimeoutMs: () => 2_000,
    open: (request: ClientRequest) => ({
      run: () => run(request),
      onBroken: ({ code }: { readonly code: string }) => void told.push(code),
      onGone: () => void told.push('gone'),
      onDrain: () => undefined,
    }),
    onMalformed: ({ code }: { readonly code: string }) => void told.push(code),
    onClosed: () => void told.push('closed'),
  };
  const connection = new ClientConnection(host, socket as unknown as Socket, null);
  const at = (nowMs: number): void => {
    host.clockMs = nowMs;
    connection.tick(nowMs);
  };
  return { socket, told, at };
}

it('tells a client that is cut off for taking nothing of no other thing that it is late with', async () => {
  const { socket, told, at } = connected((request) => {
    request.begin(200, []);
    request.write(Buffer.alloc(100_000));
  });
  socket.takes = false;
  await socket.sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
  at(1_999);
  expect(told).toEqual([]);
  at(2_000);
  await nextTurn();
  expect(told).toEqual(['gone', 'closed']);
});
