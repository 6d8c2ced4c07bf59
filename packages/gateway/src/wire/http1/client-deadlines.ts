import { KEEP_ALIVE_MS } from './reply-writer.ts';
import type { ConnectionHost } from '../connection-host.ts';

/** How long a connection that ends still reads, and waits for a first request. */
const LINGER_MS = 1_000;

/** When what is awaited of a client is too late: one thing at a time, by the clock of the host. */
export class ClientDeadlines {
  readonly #host: ConnectionHost;
  #atMs: number;
  /** What is left of a body's time while nobody reads it; null where that is not what is awaited. */
  #heldMs: number | null = null;
  #isFirst = true;

  /** Awaits the first head. */
  constructor(host: ConnectionHost) {
    this.#host = host;
    this.#atMs = host.clockMs + host.headTimeoutMs;
  }

  /** What is awaited is too late; told once. */
  isOver(nowMs: number): boolean {
    if (nowMs < this.#atMs) return false;
    this.#atMs = Number.POSITIVE_INFINITY;
    return true;
  }

  /** The first head has to begin in a moment; false where it has come, or something else is awaited. */
  hurryFirst(): boolean {
    if (this.#isFirst) this.#atMs = Math.min(this.#atMs, this.#host.clockMs + LINGER_MS);
    return this.#isFirst;
  }

  /** Nothing is awaited of the client. */
  none(): void {
    this.#await(Number.POSITIVE_INFINITY);
  }

  /** The rest of a head, of a body that is passed over, or of one that was broken. */
  forHead(): void {
    this.#await(this.#host.clockMs + this.#host.headTimeoutMs);
  }

  /** A body, from when it is read. */
  forBody(): void {
    this.#await(Number.POSITIVE_INFINITY);
    this.#heldMs = this.#host.bodyTimeoutMs;
  }

  /** Somebody reads the body: its time runs, or goes on. */
  readBody(): void {
    if (this.#heldMs !== null) this.#await(this.#host.clockMs + this.#heldMs);
  }

  /** Nobody reads the body for now, and that is no delay of the client's. */
  holdBody(): void {
    if (this.#heldMs !== null || this.#atMs === Number.POSITIVE_INFINITY) return;
    this.#heldMs = this.#atMs - this.#host.clockMs;
    this.#atMs = Number.POSITIVE_INFINITY;
  }

  /** The next request on a kept connection. */
  forNext(): void {
    this.#await(this.#host.clockMs + KEEP_ALIVE_MS);
  }

  /** The client's end of a connection that ends. */
  forEnd(nowMs: number): void {
    this.#await(nowMs + LINGER_MS);
  }

  #await(atMs: number): void {
    this.#isFirst = false;
    this.#atMs = atMs;
    this.#heldMs = null;
  }
}
