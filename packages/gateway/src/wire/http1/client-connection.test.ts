import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createListener, type Listener } from '../listener.ts';
import type { ClientExchange, ClientRequest } from '../client-request.ts';

let listener: Listener;
/** What becomes of the next request. */
let serve: (request: ClientRequest) => void = () => undefined;
const clients = new Set<Socket>();

beforeAll(async () => {
  const exchange = (request: ClientRequest): ClientExchange & { run(): void } => ({
    run: () => serve(request),
    onBroken: () => undefined,
    onGone: () => undefined,
    onDrain: () => undefined,
  });
  listener = await createListener(
    {
      host: '127.0.0.1',
      port: 0,
      maxHeadBytes: 16_384,
      headTimeoutMs: 10_000,
      bodyTimeoutMs: 10_000,
      maxConnections: 100,
      tls: null,
      http2: null,
    },
    {
      onRequest: exchange,
      onMalformed: () => undefined,
      onHandshakeFailure: () => undefined,
      onRefused: () => undefined,
      stallTimeoutMs: () => 10_000,
    },
  );
});
afterEach(() => {
  for (const client of clients) client.destroy();
  clients.clear();
});
afterAll(() => listener.drain(100));

/** Sends a request and gives what came until the connection ended. */
async function ask(head: string): Promise<Buffer> {
  const client = connect(listener.port, '127.0.0.1');
  clients.add(client);
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.write(head, 'latin1');
  await once(client, 'close');
  return Buffer.concat(chunks);
}

describe('ClientConnection', () => {
  it('law: an answer that passes as it comes is byte for byte what was written, in pieces of any size', async () => {
    const piece = fc.tuple(fc.constantFrom(0, 1, 10, 4_000, 16_384, 16_385, 40_000), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (pieces, chunked) => {
        const bodies = pieces.map(([size, byte]) => Buffer.alloc(size, byte));
        const whole = Buffer.concat(bodies);
        serve = (request) => {
          request.endConnection();
          request.begin(200, chunked ? [] : ['Content-Length', String(whole.length)]);
          for (const body of bodies) request.write(body);
          request.end();
        };
        const answer = await ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
        expect((chunked ? unchunked(body) : body).equals(whole)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('sends head, body and end of a small answer that passes as it comes in one piece', async () => {
    serve = (request) => {
      request.begin(200, []);
      request.write(Buffer.from('small'));
      request.end();
    };
    const client = connect(listener.port, '127.0.0.1');
    clients.add(client);
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [first] = (await once(client, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n5\r\nsmall\r\n0\r\n\r\n$/);
  });

  it('loses nothing of a reply whose successor is broken off', async () => {
    const body = Buffer.alloc(300_000, 'x');
    const served: string[] = [];
    serve = (request) => {
      served.push(request.target);
      if (request.target === '/whole') return request.reply(200, [], body);
      request.begin(200, ['Content-Length', '10']);
      request.write(Buffer.from('y'));
      request.breakOff();
    };
    const client = connect(listener.port, '127.0.0.1');
    clients.add(client);
    client.pause();
    client.on('error', () => undefined);
    // More than is read before its turn: what nobody reads makes a reset of the end of a connection.
    const behind = `GET /behind HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(1_000)}\r\n\r\n`.repeat(200);
    client.write(`GET /whole HTTP/1.1\r\nHost: a\r\n\r\nGET /broken HTTP/1.1\r\nHost: a\r\n\r\n${behind}`);
    await vi.waitUntil(() => served.length === 2, { timeout: 25_000, interval: 5 });
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.resume();
    await once(client, 'close');
    const received = Buffer.concat(chunks).toString('latin1');
    expect(received.match(/x{300000}HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\ny$/)).not.toBeNull();
    expect(served).toEqual(['/whole', '/broken']);
  });

  it('says of bytes of a body that they are only lent, but for the end of it', async () => {
    const chunks: [string, boolean][] = [];
    let came: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (came = resolve));
    serve = (request) =>
      request.readBody({
        onChunk: (chunk, last) => {
          chunks.push([chunk.toString(), last]);
          came();
        },
        onEnd: () => request.reply(200, [], null),
        onAborted: () => undefined,
      });
    const client = connect(listener.port, '127.0.0.1');
    clients.add(client);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
    await first;
    client.write('123456789');
    await once(client, 'data');
    expect(chunks).toEqual([
      ['{', false],
      ['123456789', true],
    ]);
  });
});

/** What a chunked body says (RFC 9112, section 7.1). */
function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
