import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { flushThisTurn, type TurnTask } from '../turn.ts';
import { DirectWriter } from './direct-writer.ts';
import { IN_CHUNKS, NO_BODY, writeLength } from './framing-lines.ts';
import { OutgoingBytes } from './outgoing-bytes.ts';
import { hasLength, isBodiless, writeReplyHead } from './reply-head.ts';
import { StallWatch } from './stall-watch.ts';
import type { ClientRequest } from '../client-request.ts';
import type { ConnectionHost } from '../connection-host.ts';

/** How long an idle connection is kept. */
export const KEEP_ALIVE_MS = 30_000;
/** Tells a client how long, so that it does not send into a connection that is just being closed. */
const KEPT = Buffer.from(`Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`);
const CLOSED = Buffer.from('Connection: close\r\n\r\n');
/** Bodies up to this size go out in the same write as the head: one system call instead of two. */
const ONE_WRITE_BYTES = 16 * 1024;
/** Pipelined requests are not answered beyond this before the system has taken the answers. */
const UNSENT_BYTES = 64 * 1024;
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Writes the replies of one connection, one after the other, and watches whether the client takes them. */
export class ReplyWriter {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #turn: TurnTask;
  readonly #out: DirectWriter;
  readonly #stall: StallWatch;
  /** Written in this turn and not handed to the system yet. */
  readonly #unsent = new OutgoingBytes();
  #chunked = false;
  #untilClose = false;

  /** `turn` is flushed at the end of each turn in which something was written, and is to call `flush`. */
  constructor(host: ConnectionHost, socket: Socket, tls: boolean, turn: TurnTask) {
    this.#host = host;
    this.#socket = socket;
    this.#turn = turn;
    this.#out = new DirectWriter(socket, tls);
    this.#stall = new StallWatch(socket);
  }

  /** So much was written that the next reply should wait. */
  get waits(): boolean {
    return this.#out.needsDrain || this.#unsent.length > UNSENT_BYTES;
  }

  /** The system has taken everything that was handed to it. */
  get taken(): boolean {
    return this.#out.taken;
  }

  /** Asks for the body that a client holds back until then (RFC 9110, section 10.1.1). */
  askForBody(): void {
    this.#later().addBytes(CONTINUE);
  }

  /** What is added goes out at the end of the turn. */
  #later(): OutgoingBytes {
    const unsent = this.#unsent;
    if (unsent.length === 0) flushThisTurn(this.#turn, 'client');
    return unsent;
  }

  /** Hands to the system what was written. False where there was nothing. */
  flush(): boolean {
    const unsent = this.#unsent;
    if (unsent.length === 0 || this.#socket.destroyed) {
      unsent.clear(true);
      return false;
    }
    this.#out.write(unsent);
    this.#watch();
    return true;
  }

  /** A whole reply; a null body is none, and says nothing of a length. `keep` says whether the connection lives on. */
  reply(
    request: ClientRequest,
    status: number,
    headers: readonly string[],
    body: Uint8Array | null,
    length: number | undefined,
    keep: boolean,
  ): void {
    const large = body !== null && body.length > ONE_WRITE_BYTES && request.method !== 'HEAD';
    if (large) this.flush();
    const out = large ? this.#unsent : this.#later();
    writeReplyHead(status, headers, out);
    if (body !== null) writeLength(body.length, out);
    else if (length !== undefined) writeLength(length, out);
    else if (!isBodiless(request.method, status) && !hasLength(headers)) out.addBytes(NO_BODY);
    out.addBytes(keep ? KEPT : CLOSED);
    if (large) {
      this.#socket.cork();
      this.#out.writeToStream(out);
      this.#socket.write(body);
      this.#socket.uncork();
      this.#watch();
    } else if (body !== null && request.method !== 'HEAD') out.addBytes(body);
  }

  /** The head of a reply whose body follows by `write`, until `end`. Returns whether the connection lives on: never where its end is that of the body. */
  begin(request: ClientRequest, status: number, headers: readonly string[], keep: boolean): boolean {
    const out = this.#later();
    writeReplyHead(status, headers, out);
    if (!isBodiless(request.method, status) && !hasLength(headers)) {
      if (request.httpVersion === '1.1') {
        this.#chunked = true;
        out.addBytes(IN_CHUNKS);
      } else {
        this.#untilClose = true;
        keep = false;
      }
    }
    out.addBytes(keep ? KEPT : CLOSED);
    return keep;
  }

  /** False asks to wait until the socket has drained. */
  write(bytes: Uint8Array): boolean {
    // An empty chunk would be the last one.
    if (bytes.length === 0) return true;
    // Head, body and end of a small answer that passes as it comes are one write.
    if (bytes.length <= ONE_WRITE_BYTES && this.#unsent.length <= UNSENT_BYTES) {
      const out = this.#later();
      if (this.#chunked) out.addText(`${bytes.length.toString(16)}\r\n`);
      out.addBytes(bytes);
      if (this.#chunked) out.addText('\r\n');
      return !this.#out.needsDrain;
    }
    this.flush();
    let ready: boolean;
    if (this.#chunked) {
      this.#socket.cork();
      this.#socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
      this.#socket.write(bytes);
      ready = this.#socket.write('\r\n', 'latin1');
      this.#socket.uncork();
    } else ready = this.#socket.write(bytes);
    if (!ready) this.#watch();
    return ready;
  }

  end(): void {
    if (this.#chunked) this.#later().addBytes(LAST_CHUNK);
    this.#chunked = false;
    if (this.#unsent.length === 0) this.#watch();
  }

  /**
   * Breaks off in the middle of a reply. True where an orderly end of the connection says so, because the rest of a length or the last chunk is missing;
   * else the connection is broken already. `plain`: it has no TLS.
   */
  breakOff(plain: boolean): boolean {
    this.flush();
    if (!this.#untilClose) this.#watch();
    // An orderly end would say that the reply is whole.
    else if (plain) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    return !this.#untilClose;
  }

  /** The answer to bytes that are no request. */
  refuse(status: number, headers: readonly string[], body: Uint8Array): void {
    const out = this.#later();
    writeReplyHead(status, headers, out);
    writeLength(body.length, out);
    out.addBytes(CLOSED);
    out.addBytes(body);
  }

  /** Looks whether the client has taken anything. */
  look(nowMs: number): 'waits' | 'done' | 'over' {
    return this.#stall.look(nowMs, this.taken);
  }

  onDrain(): void {
    if (this.taken) this.#stall.end();
  }

  /** A client that does not read holds a connection to the upstream, and one for each would keep everyone else out ("slow read"). */
  #watch(): void {
    if (!this.taken) this.#stall.begin(this.#host.clockMs, this.#host.stallTimeoutMs());
  }
}
