import type { Socket } from 'node:net';
import { Duplex, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Http2Metrics } from '../../metrics/http2-metrics.ts';
import type { ClientRequest } from '../client-request.ts';
import { ClientConnection } from './client-connection.ts';

/** A client whose bytes come when a test says so, and which takes what is written only where `takes`. */
class FakeSocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  takes = true;
  written = '';
  #taken = 0;
  #waiting: (() => void) | null = null;

  /** What waits counts, as it does for a socket. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  override _read(): void {
    // Bytes come when they come.
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    if (!this.takes) {
      this.#waiting = () => this._write(bytes, _encoding, taken);
      return;
    }
    this.#taken += bytes.length;
    this.written += bytes.toString('latin1');
    taken();
  }

  /** Takes what waits, and whatever comes. */
  takesAll(): void {
    this.takes = true;
    this.#waiting?.();
  }

  /** Lets bytes come, and what is done in the turn behind them be done. */
  async sends(text: string): Promise<void> {
    if (text !== '') this.push(text, 'latin1');
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
    maxHeadBytes: 100_000,
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

const CHUNKED_POST = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

it('reads no more behind a turn in which more came than may wait, until it was taken', async () => {
  let body: Readable | null = null;
  const { socket } = connected((request) => (body = request.streamBody()));
  await socket.sends('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n');
  socket.push(Buffer.alloc(40_000));
  expect(socket.isPaused()).toBe(false);
  socket.push(Buffer.alloc(40_000));
  await socket.sends('');
  // Nobody reads the body.
  expect(socket.isPaused()).toBe(true);
  expect((body as Readable | null)?.read()).toHaveLength(80_000);
  await socket.sends('');
  expect(socket.isPaused()).toBe(false);
});

it('reads on in a head that may be larger than what else may wait', async () => {
  const { socket, told } = connected(() => told.push('request'));
  await socket.sends(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(70_000)}`);
  expect(socket.isPaused()).toBe(false);
  await socket.sends('\r\n\r\n');
  expect(told).toEqual(['request']);
});

it('hands on a body in tiny chunks as one piece for each reading, and none while nobody takes the one before', async () => {
  let body: Readable | null = null;
  const { socket } = connected((request) => (body = request.streamBody()));
  await socket.sends(CHUNKED_POST);
  for (let i = 0; i < 3; i++) await socket.sends('1\r\na\r\n'.repeat(1_000));
  await socket.sends('0\r\n\r\n');
  const stream = body as unknown as Readable;
  expect(stream.readableLength).toBe(1_000);
  const pieces = (await stream.toArray()) as Buffer[];
  expect(pieces.map((piece) => piece.length)).toEqual([1_000, 2_000]);
});

it('hands on what came of a body before what is wrong with it', async () => {
  const { socket, told } = connected((request) =>
    request.readBody({
      onChunk: (chunk, last) => told.push(`${chunk.toString()} ${String(last)}`),
      onEnd: () => told.push('end'),
      onAborted: () => told.push('aborted'),
    }),
  );
  await socket.sends(`${CHUNKED_POST}1\r\na\r\n2\r\nbc\r\nx`);
  await socket.sends('\r\n');
  expect(told).toEqual(['abc false', 'BODY']);
});

it('leaves a reply on its way out its time, whatever is wrong with the rest of the body that it refuses', async () => {
  const { socket, told, at } = connected((request) =>
    request.readBody({
      onChunk: () => {
        request.endConnection();
        request.reply(413, [], Buffer.alloc(100_000));
      },
      onEnd: () => told.push('end'),
      onAborted: () => told.push('aborted'),
    }),
  );
  socket.takes = false;
  await socket.sends(`${CHUNKED_POST}1\r\na\r\nx\r\n`);
  at(1_999);
  await nextTurn();
  expect(told).toEqual(['aborted']);
  at(2_000);
  await nextTurn();
  expect(told).toEqual(['aborted', 'closed']);
});

describe('a connection that is kept', () => {
  const answer = (request: ClientRequest): void =>
    request.readBody({
      onChunk: () => undefined,
      onEnd: () => request.reply(200, [], null),
      onAborted: () => undefined,
    });
  const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab';

  it.each([[['\r\n']], [['\r\n\r']], [['', '\r\n']], [['', '\r', '\n\r\n', '\r']]])(
    'is kept as long as was promised, whatever empty lines come behind a request: %j',
    async (lines) => {
      const { socket, told, at } = connected(answer);
      const [first, ...later] = lines;
      await socket.sends(POST + String(first));
      for (const line of later) {
        at(10_000);
        await socket.sends(line);
      }
      at(29_999);
      await nextTurn();
      expect(told).toEqual([]);
      expect(socket.written).toContain('Keep-Alive: timeout=30');
      at(30_000);
      await nextTurn();
      expect(told).toEqual(['closed']);
    },
  );

  it.each([['G'], ['\r\nG'], ['\r']])('has the time of a head for one that begins with %j', async (begins) => {
    const { socket, told, at } = connected(answer);
    await socket.sends(POST);
    at(29_000);
    await socket.sends(begins);
    at(29_500);
    await socket.sends(begins === '\r' ? '\nG' : 'E');
    const overMs = begins === '\r' ? 30_500 : 30_000;
    at(overMs - 1);
    expect(told).toEqual([]);
    at(overMs);
    expect(told).toEqual(['HEAD_TIMEOUT']);
  });
});

describe('what comes behind a reply that is still on its way out', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const slow = (): ReturnType<typeof connected> => {
    let replies = 0;
    const connection = connected((request) => {
      connection.told.push('request');
      replies += 1;
      request.reply(200, [], Buffer.alloc(replies === 1 ? 100_000 : 1));
    });
    connection.socket.takes = false;
    return connection;
  };

  it('is not late while the client takes the reply, and is answered then', async () => {
    const { socket, told, at } = slow();
    await socket.sends(GET + GET);
    at(1_999);
    await nextTurn();
    expect(told).toEqual(['request']);
    socket.takesAll();
    await socket.sends('');
    expect(told).toEqual(['request', 'request']);
    at(31_998);
    await nextTurn();
    expect(told).toEqual(['request', 'request']);
    at(31_999);
    await nextTurn();
    expect(told).toEqual(['request', 'request', 'closed']);
  });

  it('has the time of a head from then on where it is a part of one', async () => {
    const { socket, told, at } = slow();
    await socket.sends(`${GET}GET / HT`);
    at(1_500);
    socket.takesAll();
    await socket.sends('');
    at(2_499);
    expect(told).toEqual(['request']);
    at(2_500);
    expect(told).toEqual(['request', 'HEAD_TIMEOUT']);
  });

  it('is let go with the client that takes nothing', async () => {
    const { socket, told, at } = slow();
    await socket.sends(GET + GET);
    at(2_000);
    await nextTurn();
    expect(told).toEqual(['request', 'closed']);
  });
});

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
