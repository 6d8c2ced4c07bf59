import type { Socket } from 'node:net';
import type { ClientDeadlines } from './client-deadlines.ts';
import type { ReplyWriter } from './reply-writer.ts';

const LINGER_BYTES = 1024 * 1024;

/** A connection that ends still reads what is on its way, or the client would get a reset instead of the reply ("lingering close"). */
export class Lingering {
  readonly #socket: Socket;
  readonly #writer: ReplyWriter;
  readonly #deadlines: ClientDeadlines;
  #bytes = 0;
  /** The connection ends, and nothing that comes is read for what it says. */
  active = false;

  constructor(socket: Socket, writer: ReplyWriter, deadlines: ClientDeadlines) {
    this.#socket = socket;
    this.#writer = writer;
    this.#deadlines = deadlines;
  }

  begin(nowMs: number): void {
    this.active = true;
    this.#writer.flush();
    this.#socket.end();
    // What is still to be written has its own bound.
    if (this.#writer.taken) this.#deadlines.forEnd(nowMs);
    else this.#deadlines.none();
  }

  /** The last of what was written has gone out. */
  onTaken(nowMs: number): void {
    if (this.active) this.#deadlines.forEnd(nowMs);
  }

  /** Bytes have come that nobody reads; too many end the connection. */
  passOver(length: number): void {
    this.#bytes += length;
    if (this.#bytes > LINGER_BYTES) this.#socket.destroy();
  }
}
