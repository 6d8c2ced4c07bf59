import { constants, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RequestFields } from './request-fields.ts';
import { Http2Request, type RequestSession } from './http2-request.ts';

/** The library's side of a stream, as far as a request asks for it. */
class Stream extends Duplex {
  readonly endAfterHeaders = false;
  readonly aborted = false;
  rstCode = constants.NGHTTP2_NO_ERROR;
  close(): void {
    // Nothing is connected.
  }
  override _read(): void {
    // What comes, a test pushes.
  }
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

const HEAD: RequestFields = {
  method: 'POST',
  target: '/',
  rawHeaders: [],
  contentLength: null,
  expectsContinue: false,
};

/** One whose client takes nothing. */
class StalledStream extends Stream {
  readonly closedWith: number[] = [];
  override close(code?: number): void {
    this.closedWith.push(code ?? constants.NGHTTP2_NO_ERROR);
  }
  respond(): void {
    // Nobody reads it.
  }
  override _write(): void {
    // Never done.
  }
}

function sessionAt(clockMs: number): RequestSession & { clockMs: number } {
  return {
    peer: { address: '', tls: null },
    clockMs,
    bodyTimeoutMs: 1_000,
    stallTimeoutMs: () => 1_000,
    onBrokenOff: () => undefined,
  };
}

function requestOn(stream: Stream, session = sessionAt(0), endSeen = false): Http2Request {
  return new Http2Request(session, stream as unknown as ServerHttp2Stream, HEAD, endSeen);
}

/** Reads a body that ends after `push`, and tells what its reader heard. */
async function hear(endSeen: boolean, change: (stream: Stream, request: Http2Request) => void = () => undefined) {
  const stream = new Stream();
  const request = requestOn(stream, sessionAt(0), endSeen);
  const heard: string[] = [];
  request.readBody({
    onChunk: (chunk) => heard.push(chunk.toString()),
    onEnd: () => heard.push('end'),
    onAborted: () => heard.push('aborted'),
  });
  const ended = new Promise<void>((resolve) => void stream.once('end', () => resolve()));
  stream.push('abc');
  change(stream, request);
  stream.push(null);
  await ended;
  return heard;
}

describe('Http2Request', () => {
  it('takes a body for whole when the client has said that it is', async () => {
    expect(await hear(true)).toEqual(['abc', 'end']);
    expect(await hear(false, (_, request) => (request.endSeen = true))).toEqual(['abc', 'end']);
  });

  it('takes no body for whole because its stream ended: the library ends one that was reset without an error too', async () => {
    expect(await hear(false)).toEqual(['abc']);
  });

  it('takes no body for whole whose stream was reset, whatever the client said before', async () => {
    expect(await hear(true, (stream) => (stream.rstCode = constants.NGHTTP2_CANCEL))).toEqual(['abc']);
  });

  it('is closed where its client takes less than 1 KiB of a reply in the time that it may take none', () => {
    for (const [sentBytes, closesAtMs] of [
      [1_023, 1_000],
      [1_024, 1_900],
    ] as const) {
      const stream = new StalledStream();
      const session = sessionAt(0);
      const request = requestOn(stream, session);
      request.reply(200, [], Buffer.alloc(100_000));
      session.clockMs = 900;
      for (let i = 0; i < sentBytes; i++) request.onSent(1);
      request.tick(closesAtMs - 1);
      expect(stream.closedWith).toEqual([]);
      request.tick(closesAtMs);
      expect(stream.closedWith).toEqual([constants.NGHTTP2_CANCEL]);
    }
  });
});
