import { KEEP_ALIVE_MS } from './reply-writer.ts';
import type { ConnectionHost } from '../connection-host.ts';

/** How long a connection that ends still reads. */
const LINGER_MS = 1_000;

/** When what is awaited of a client is too late: one thing at a time, by the clock of the host. */
export class ClientDeadlines {
  readonly #host: ConnectionHost;
  #atMs: number;

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

  /** Nothing is awaited of the client. */
  none(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
  }

  /** The rest of a head, of a body that is passed over, or of one that was broken. */
  forHead(): void {
    this.#atMs = this.#host.clockMs + this.#host.headTimeoutMs;
  }

  forBody(): void {
    this.#atMs = this.#host.clockMs + this.#host.bodyTimeoutMs;
  }

  /** The next request on a kept connection. */
  forNext(): void {
    this.#atMs = this.#host.clockMs + KEEP_ALIVE_MS;
  }

  /** The client's end of a connection that ends. */
  forEnd(nowMs: number): void {
    this.#atMs = nowMs + LINGER_MS;
  }
}
