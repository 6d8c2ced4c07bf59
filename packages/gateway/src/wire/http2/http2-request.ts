import { constants, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { hasLength, isBodiless } from '../http1/reply-head.ts';
import { wireError } from '../http1/request-line.ts';
import type { BodySink, ClientExchange, ClientPeer, ClientRequest } from '../client-request.ts';
import type { HeldReply } from './held-replies.ts';
import type { RequestFields } from './request-fields.ts';
import { replyFields } from './reply-fields.ts';

/** What a client has to take of a reply in the time that it may take none: windows of a byte each would hold a hundred replies of a session for ever ("slow read"). */
const STEP_BYTES = 1024;

/** What a request asks of its session. */
export interface RequestSession {
  readonly peer: ClientPeer;
  /** That of the session's host. */
  readonly clockMs: number;
  readonly bodyTimeoutMs: number;
  stallTimeoutMs(): number;
  /** The request resets its stream, and the client has no part in that. */
  onBrokenOff(): void;
}

/** One stream of a session. Once its reply is out, or the client has reset it, it says and does nothing more. */
export class Http2Request implements ClientRequest, HeldReply {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly httpVersion = '2';
  readonly expectsContinue: boolean;
  readonly hasBody: boolean;
  replied = false;
  /** The client has said that its body is whole: the end of the stream alone does not say so. */
  endSeen: boolean;
  readonly #session: RequestSession;
  readonly #stream: ServerHttp2Stream;
  #exchange: ClientExchange | null = null;
  #sink: BodySink | null = null;
  #bodyDone: boolean;
  #awaitsContinue: boolean;
  /** The reply has been handed over, or given up. */
  #over = false;
  #gone = false;
  /** What is left to the client of the time that its body may take: it runs while somebody reads, and stands still while the door holds it back. */
  #bodyLeftMs: number;
  #bodyDeadlineMs = Number.POSITIVE_INFINITY;
  #stallDeadlineMs = Number.POSITIVE_INFINITY;
  /** Bytes that have gone out since that was set. */
  #sentBytes = 0;
  /** Of a reply that was handed over whole, what has not gone out yet. */
  heldBytes = 0;

  constructor(session: RequestSession, stream: ServerHttp2Stream, head: RequestFields, endSeen: boolean) {
    this.#session = session;
    this.#stream = stream;
    this.method = head.method;
    this.target = head.target;
    this.rawHeaders = head.rawHeaders;
    this.hasBody = !stream.endAfterHeaders && head.contentLength !== '0';
    this.expectsContinue = head.expectsContinue && this.hasBody;
    this.endSeen = endSeen;
    this.#awaitsContinue = this.expectsContinue;
    this.#bodyDone = !this.hasBody;
    this.#bodyLeftMs = session.bodyTimeoutMs;
    stream.on('drain', () => {
      if (this.#over) return;
      this.#stallDeadlineMs = Number.POSITIVE_INFINITY;
      this.#exchange?.onDrain();
    });
    stream.on('finish', () => {
      // The rest of a body that nobody reads is not waited for (RFC 9113, section 8.1).
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
      // Node lets a stream go when what came on it was read: a client's refused bodies would use up the streams of its session.
      if (this.hasBody) stream.resume();
    });
    stream.on('close', () => this.#onClose());
  }

  get peer(): ClientPeer {
    return this.#session.peer;
  }

  run(exchange: ClientExchange & { run(): void }): void {
    this.#exchange = exchange;
    exchange.run();
  }

  /** The client has reset the stream. */
  onReset(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#finish();
  }

  /** So many bytes of the reply have gone out. */
  onSent(bytes: number): void {
    this.heldBytes = Math.max(0, this.heldBytes - bytes);
    if (this.#stallDeadlineMs === Number.POSITIVE_INFINITY) return;
    this.#sentBytes += bytes;
    if (this.#sentBytes >= STEP_BYTES) this.#boundStall();
  }

  /** Looks for what is too late. */
  tick(nowMs: number): void {
    if (nowMs >= this.#bodyDeadlineMs) {
      this.#bodyDeadlineMs = Number.POSITIVE_INFINITY;
      // What has come and waits its turn here is no delay of the client's.
      if (!this.#bodyDone && !this.endSeen)
        this.#exchange?.onBroken(wireError('BODY_TIMEOUT', 'the body took too long'));
    }
    if (nowMs >= this.#stallDeadlineMs) {
      this.#stallDeadlineMs = Number.POSITIVE_INFINITY;
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  /** The rest of the reply is kept no longer. */
  giveUp(): void {
    this.heldBytes = 0;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  // ---- what the exchange asks for ----

  readBody(sink: BodySink): void {
    if (this.#bodyDone) return sink.onEnd();
    if (this.#over) return sink.onAborted();
    this.#sink = sink;
    this.#awaitBody();
    this.#stream.on('data', (chunk: Buffer) => this.#sink?.onChunk(chunk, false));
    this.#stream.on('end', () => this.#onBodyEnd());
  }

  streamBody(): Readable {
    const stream = new Readable({
      highWaterMark: 1,
      read: () => {
        this.#stream.resume();
        this.#awaitBody();
      },
      destroy: (error, done) => done(error),
    });
    stream.on('error', () => undefined);
    this.readBody({
      // What the library gives stays as it is.
      onChunk: (chunk) => {
        if (stream.destroyed || stream.push(chunk)) return;
        this.#stream.pause();
        this.#holdBody();
      },
      onEnd: () => void stream.push(null),
      onAborted: () => void stream.destroy(new Error('the client closed the stream')),
    });
    return stream;
  }

  stopBody(): void {
    this.#sink = null;
    this.#stream.pause();
    this.#holdBody();
  }

  sendContinue(): void {
    if (!this.#awaitsContinue || !this.#canWrite() || this.replied) return;
    this.#awaitsContinue = false;
    this.#stream.additionalHeaders({ ':status': 100 });
  }

  reply(status: number, headers: readonly string[], body: Uint8Array | null, length?: number): void {
    if (this.replied || !this.#canWrite()) return;
    let told = body === null ? length : body.length;
    if (told === undefined && !isBodiless(this.method, status) && !hasLength(headers)) told = 0;
    const empty = body === null || body.length === 0 || this.method === 'HEAD';
    this.#stream.respond(replyFields(status, headers, told ?? null), { endStream: empty });
    this.replied = true;
    if (!empty) {
      this.heldBytes = body.length;
      this.#stream.end(body);
    }
    this.#endReply();
  }

  begin(status: number, headers: readonly string[]): void {
    if (this.replied || !this.#canWrite()) return;
    this.#stream.respond(replyFields(status, headers, null));
    this.replied = true;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || !this.#canWrite() || this.#stream.writableEnded) return true;
    if (this.#stream.write(bytes)) return true;
    this.#boundStall();
    return false;
  }

  end(): void {
    if (!this.#canWrite()) return;
    if (!this.#stream.writableEnded) this.#stream.end();
    this.#endReply();
  }

  breakOff(): void {
    if (!this.#canWrite()) return;
    this.#over = true;
    this.#exchange = null;
    this.#session.onBrokenOff();
    // Not `close`, which ends the stream before it resets it: what has come would pass for the whole.
    this.#stream.destroy(new Error('the reply is not whole'));
  }

  /** What comes on other streams cannot be taken for what comes on this one. */
  endConnection(): void {
    // Nothing to end.
  }

  // ---- how it ends ----

  #canWrite(): boolean {
    return !this.#over && !this.#gone && !this.#stream.destroyed && !this.#stream.closed;
  }

  #awaitBody(): void {
    if (this.#sink === null || this.#bodyDeadlineMs !== Number.POSITIVE_INFINITY) return;
    this.#bodyDeadlineMs = this.#session.clockMs + this.#bodyLeftMs;
  }

  #holdBody(): void {
    if (this.#bodyDeadlineMs === Number.POSITIVE_INFINITY) return;
    this.#bodyLeftMs = this.#bodyDeadlineMs - this.#session.clockMs;
    this.#bodyDeadlineMs = Number.POSITIVE_INFINITY;
  }

  #boundStall(): void {
    this.#sentBytes = 0;
    this.#stallDeadlineMs = this.#session.clockMs + this.#session.stallTimeoutMs();
  }

  #endReply(): void {
    this.#over = true;
    this.#exchange = null;
    this.#bodyDeadlineMs = Number.POSITIVE_INFINITY;
    // Until all of it has gone out.
    this.#boundStall();
    const sink = this.#sink;
    this.#sink = null;
    if (!this.#bodyDone) sink?.onAborted();
    // Node ends its side of a HEAD before anybody hears of the stream: what comes with it is passed over, for as long as a client may stall.
    if (this.#stream.writableFinished) this.#stream.resume();
    else this.#stream.pause();
  }

  #onBodyEnd(): void {
    // A stream that was reset ends too: what came is not the whole, and would pass for it.
    if (!this.endSeen || this.#stream.aborted || this.#stream.rstCode > 0) return;
    this.#bodyDone = true;
    this.#bodyDeadlineMs = Number.POSITIVE_INFINITY;
    const sink = this.#sink;
    this.#sink = null;
    sink?.onEnd();
  }

  #onClose(): void {
    const { rstCode } = this.#stream;
    // Not what the client says, but what the library found in what it sent: a length that does not hold, data behind the end.
    if (!this.#gone && !this.#over && isOwnVerdict(rstCode))
      this.#exchange?.onBroken(wireError('BODY', 'the body is not what its head says'));
    this.#finish();
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#over = true;
    this.#bodyDeadlineMs = this.#stallDeadlineMs = Number.POSITIVE_INFINITY;
    const sink = this.#sink;
    const exchange = this.#exchange;
    this.#sink = null;
    this.#exchange = null;
    if (!this.#bodyDone) sink?.onAborted();
    exchange?.onGone();
  }
}

function isOwnVerdict(code: number): boolean {
  return (
    code === constants.NGHTTP2_PROTOCOL_ERROR ||
    code === constants.NGHTTP2_FLOW_CONTROL_ERROR ||
    code === constants.NGHTTP2_STREAM_CLOSED
  );
}
