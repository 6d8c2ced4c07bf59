import type { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** What a connection hears of the body that it passes on. */
export interface UploadEvents {
  /** Something of the request was handed to the system. */
  onUploadBegun(): void;
  /** The upstream takes nothing for now; the client is held back until `onUploadTaken`. */
  onUploadStalled(): void;
  onUploadTaken(): void;
  /** The request is whole. */
  onUploaded(): void;
  /** The body has ended and is not as long as announced. */
  onUploadShort(): void;
  /** The body broke off, and half a request may be on the connection. */
  onUploadBroken(): void;
}

/**
 * Passes a body on as it comes, its head with the first bytes: a request whose body turns out to be broken at once is never begun.
 * Waits for the socket where that is slower than the client; how slow the client may be is the listener's to say.
 */
export class RequestUpload {
  readonly #socket: Socket;
  readonly #head: Buffer;
  readonly #body: Readable;
  readonly #length: number | null;
  readonly #events: UploadEvents;
  #sent = 0;
  #over = false;

  /** `length` is what was announced; null for a body in chunks. */
  constructor(socket: Socket, head: Buffer, body: Readable, length: number | null, events: UploadEvents) {
    this.#socket = socket;
    this.#head = head;
    this.#body = body;
    this.#length = length;
    this.#events = events;
    body.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    body.on('end', () => this.#onEnd());
    body.on('error', () => {
      if (!this.#over) events.onUploadBroken();
    });
  }

  /** The next bytes are the client's to send. */
  get awaitsClient(): boolean {
    return !this.#over && !this.#body.isPaused();
  }

  /** Nothing more of it is written or told: its call or its connection is over. */
  leave(): void {
    this.#over = true;
  }

  /** The same, and the client is not asked for the rest. */
  drop(): void {
    this.#over = true;
    this.#body.destroy();
  }

  #onChunk(chunk: Buffer): void {
    // An empty chunk would be written as the last one.
    if (this.#over || chunk.length === 0) return;
    const socket = this.#socket;
    socket.cork();
    this.#begin();
    this.#sent += chunk.length;
    if (this.#length === null) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    let ready = socket.write(chunk);
    if (this.#length === null) ready = socket.write('\r\n', 'latin1');
    socket.uncork();
    if (ready) return;
    this.#body.pause();
    this.#events.onUploadStalled();
    socket.once('drain', () => {
      if (!this.#over) this.#events.onUploadTaken();
      this.#body.resume();
    });
  }

  #onEnd(): void {
    if (this.#over) return;
    if (this.#length !== null && this.#sent !== this.#length) return this.#events.onUploadShort();
    this.#begin();
    if (this.#length === null) this.#socket.write('0\r\n\r\n', 'latin1');
    this.#over = true;
    this.#events.onUploaded();
  }

  #begin(): void {
    if (this.#sent > 0) return;
    this.#events.onUploadBegun();
    this.#socket.write(this.#head);
  }
}
