import { Readable } from 'node:stream';
import type { BodySink, ClientPeer, ClientRequest } from '../client-request.ts';
import type { ClientConnection } from './client-connection.ts';
import type { RequestHead } from './request-line.ts';

/** What a connection has read is not written again: a copy is for what is small, and would keep the larger buffer that it is a piece of. */
const WORTH_KEEPING_BYTES = 16 * 1024;

/** One request of a connection. Once its reply is out it says and does nothing more: what comes late must not touch the next one's reply. */
export class Http1Request implements ClientRequest {
  readonly #connection: ClientConnection;
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly httpVersion: '1.0' | '1.1';
  readonly expectsContinue: boolean;
  readonly hasBody: boolean;
  /** The client still waits for a word before it sends its body. */
  awaitsContinue: boolean;
  replied = false;

  constructor(connection: ClientConnection, head: RequestHead, hasBody: boolean) {
    this.#connection = connection;
    this.method = head.method;
    this.target = head.target;
    this.rawHeaders = head.rawHeaders;
    this.httpVersion = head.httpVersion;
    this.hasBody = hasBody;
    // A client of HTTP/1.0 does not wait (RFC 9110, section 10.1.1).
    this.expectsContinue = head.framing.expectsContinue && head.httpVersion === '1.1';
    this.awaitsContinue = this.expectsContinue;
  }

  get peer(): ClientPeer {
    return this.#connection.peer;
  }

  readBody(sink: BodySink): void {
    if (this.#connection.isCurrent(this)) this.#connection.readBody(sink);
    else sink.onAborted();
  }

  streamBody(): Readable {
    const connection = this.#connection;
    const stream = new Readable({
      // One chunk: what is not asked for yet stays with the connection, where it costs no more than its bytes.
      highWaterMark: 1,
      read: () => {
        if (connection.isCurrent(this)) connection.resumeBody();
      },
      // What destroys it may have come in the middle of reading.
      destroy: (error, done) => done(error),
    });
    stream.on('error', () => undefined);
    this.readBody({
      onChunk: (chunk, last) => {
        if (stream.destroyed || stream.push(last || chunk.length >= WORTH_KEEPING_BYTES ? chunk : Buffer.from(chunk)))
          return;
        if (connection.isCurrent(this)) connection.pauseBody();
      },
      onEnd: () => void stream.push(null),
      onAborted: () => void stream.destroy(new Error('the client closed the connection')),
    });
    return stream;
  }

  stopBody(): void {
    if (this.#connection.isCurrent(this)) this.#connection.stopBody();
  }

  sendContinue(): void {
    if (!this.awaitsContinue || !this.#connection.isCurrent(this)) return;
    this.awaitsContinue = false;
    this.#connection.sendContinue();
  }

  reply(status: number, headers: readonly string[], body: Uint8Array | null, length?: number): void {
    if (this.#connection.isCurrent(this) && !this.replied) this.#connection.reply(this, status, headers, body, length);
  }

  begin(status: number, headers: readonly string[]): void {
    if (this.#connection.isCurrent(this) && !this.replied) this.#connection.begin(this, status, headers);
  }

  write(bytes: Uint8Array): boolean {
    return this.#connection.isCurrent(this) ? this.#connection.write(bytes) : true;
  }

  end(): void {
    if (this.#connection.isCurrent(this)) this.#connection.end();
  }

  breakOff(): void {
    if (this.#connection.isCurrent(this)) this.#connection.breakOff();
  }

  endConnection(): void {
    if (this.#connection.isCurrent(this)) this.#connection.endConnection();
  }
}
