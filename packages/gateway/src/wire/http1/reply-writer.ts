import type { Socket } from 'node:net';
import { asBuffer } from '../as-buffer.ts';
import { flushThisTurn, type TurnTask } from '../turn.ts';
import { hasLength, isBodiless, renderReplyHead } from './reply-head.ts';
import { StallWatch } from './stall-watch.ts';
import { TextWriter } from './text-writer.ts';
import type { ClientRequest } from '../client-request.ts';
import type { ConnectionHost } from '../connection-host.ts';

/** How long an idle connection is kept. */
export const KEEP_ALIVE_MS = 30_000;
/** Tells a client how long, so that it does not send into a connection that is just being closed. */
const KEPT = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`;
const CLOSED = 'Connection: close\r\n\r\n';
/** Bodies up to this size go out as text in the same write as the head: one system call instead of two. */
const ONE_WRITE_BYTES = 16 * 1024;
/** Pipelined requests are not answered beyond this before the system has taken the answers. */
const UNSENT_CHARACTERS = 64 * 1024;

/** Writes the replies of one connection, one after the other, and watches whether the client takes them. */
export class ReplyWriter {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #turn: TurnTask;
  readonly #out: TextWriter;
  readonly #stall: StallWatch;
  /** Written in this turn and not handed to the system yet. */
  #unsent = '';
  #chunked = false;
  #untilClose = false;

  /** `turn` is flushed at the end of each turn in which something was written, and is to call `flush`. */
  constructor(host: ConnectionHost, socket: Socket, tls: boolean, turn: TurnTask) {
    this.#host = host;
    this.#socket = socket;
    this.#turn = turn;
    this.#out = new TextWriter(socket, tls);
    this.#stall = new StallWatch(socket);
  }

  /** So much was written that the next reply should wait. */
  get waits(): boolean {
    return this.#out.needsDrain || this.#unsent.length > UNSENT_CHARACTERS;
  }

  /** The system has taken everything that was handed to it. */
  get taken(): boolean {
    return this.#out.taken;
  }

  /** Writes with what else is written in this turn. */
  send(text: string): void {
    if (this.#unsent === '') flushThisTurn(this.#turn, 'client');
    this.#unsent += text;
  }

  /** Hands to the system what was written. False where there was nothing. */
  flush(): boolean {
    const text = this.#unsent;
    if (text === '' || this.#socket.destroyed) return false;
    this.#unsent = '';
    this.#out.write(text);
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
    let head = renderReplyHead(status, headers);
    if (body !== null) head += `Content-Length: ${body.length}\r\n`;
    else if (length !== undefined) head += `Content-Length: ${length}\r\n`;
    else if (!isBodiless(request.method, status) && !hasLength(headers)) head += 'Content-Length: 0\r\n';
    head += keep ? KEPT : CLOSED;
    if (body === null || body.length === 0 || request.method === 'HEAD') this.send(head);
    // latin1 maps bytes to characters one to one, so the body stays byte for byte.
    else if (body.length <= ONE_WRITE_BYTES) this.send(head + asBuffer(body).toString('latin1'));
    else {
      this.flush();
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
      this.#watch();
    }
  }

  /** The head of a reply whose body follows by `write`, until `end`. Returns whether the connection lives on: never where its end is that of the body. */
  begin(request: ClientRequest, status: number, headers: readonly string[], keep: boolean): boolean {
    let head = renderReplyHead(status, headers);
    if (!isBodiless(request.method, status) && !hasLength(headers)) {
      if (request.httpVersion === '1.1') {
        this.#chunked = true;
        head += 'Transfer-Encoding: chunked\r\n';
      } else {
        this.#untilClose = true;
        keep = false;
      }
    }
    this.send(head + (keep ? KEPT : CLOSED));
    return keep;
  }

  /** False asks to wait until the socket has drained. */
  write(bytes: Uint8Array): boolean {
    // An empty chunk would be the last one.
    if (bytes.length === 0) return true;
    // Head, body and end of a small answer that passes as it comes are one write.
    if (bytes.length <= ONE_WRITE_BYTES && this.#unsent.length <= UNSENT_CHARACTERS) {
      const text = asBuffer(bytes).toString('latin1');
      this.send(this.#chunked ? `${bytes.length.toString(16)}\r\n${text}\r\n` : text);
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
    if (this.#chunked) this.send('0\r\n\r\n');
    this.#chunked = false;
    if (this.#unsent === '') this.#watch();
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
    const head = renderReplyHead(status, headers);
    this.send(`${head}Content-Length: ${body.length}\r\n${CLOSED}${asBuffer(body).toString('latin1')}`);
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
