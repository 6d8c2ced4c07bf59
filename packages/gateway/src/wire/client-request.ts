import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Who is at the other end of a connection. */
export interface ClientPeer {
  /** As the system gives it; `''` where the connection has gone already. */
  readonly address: string;
  /** Null without TLS. */
  readonly tls: TLSSocket | null;
}

/** What a wire tells about one request after it has begun. */
export interface ClientExchange {
  /** The rest of the request will never come, or is not what it should be; `code` says why. Nothing more is heard but `onGone`. */
  onBroken(error: WireError): void;
  /** The client has gone before the reply was whole; the last that is heard. */
  onGone(): void;
  /** What was written has gone out, after `write` said to wait. */
  onDrain(): void;
}

/** Why bytes are no request: `code` is the wire's, for the operator. */
export interface WireError {
  readonly code: string;
  readonly message: string;
}

/** Takes a request's body as it comes. */
export interface BodySink {
  /** The bytes are only lent, but for those of the last chunk: whoever keeps others copies them. A wire that cannot tell which is the last says false. */
  onChunk(chunk: Buffer, last: boolean): void;
  onEnd(): void;
  /** Nothing more comes, and what came is not the whole. */
  onAborted(): void;
}

/**
 * One request as a wire took it from a client, and the one way back. Implemented by each wire; the exchange knows nothing else of a client.
 * Headers of a reply are names and values in turn, without lengths and headers of the connection: those are the wire's business.
 */
export interface ClientRequest {
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  /** Names and values in turn, as they came; no value holds a control character. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  readonly peer: ClientPeer;
  /** The client waits for `sendContinue` before it sends its body. */
  readonly expectsContinue: boolean;
  /** The head announces a body that is not empty. */
  readonly hasBody: boolean;
  /** The head of the reply has gone out. */
  readonly replied: boolean;

  /** Begins to read the body. Once. Calls back at once with what is here already. */
  readBody(sink: BodySink): void;
  /** The body as a stream, which is slower, for a reader that sets the pace. Instead of `readBody`. */
  streamBody(): Readable;
  /** Reads no more of the body: the connection ends with the reply. */
  stopBody(): void;
  sendContinue(): void;

  /** The whole reply at once; a null body is none, and says nothing of a length. `length` is written for a reply to HEAD. */
  reply(status: number, headers: readonly string[], body: Uint8Array | null, length?: number): void;
  /** The head of a reply whose body follows by `write`, until `end`. */
  begin(status: number, headers: readonly string[]): void;
  /** False asks to wait for `onDrain`; the wire cuts off a client that takes nothing for `stallTimeoutMs`. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  /** Breaks the connection (or the stream of it): the reply is not whole, and the client must know. */
  breakOff(): void;
  /** What comes behind this request is no request: the connection ends with the reply. */
  endConnection(): void;
}
