import type { Socket } from 'node:net';

/** What the system has not taken of a write that is under way; undocumented, so a number only where this Node has it. */
interface QueueOwner {
  readonly _handle?: { readonly writeQueueSize?: unknown } | null;
}

/**
 * Bounds how long a client may take nothing of what is written to it ("slow read"). Counts what is left, and nothing else: a socket's own time-out is put
 * off by bytes that come as well, and one a time would hold a reply, and with it a connection to the upstream, for ever. For a clock to look at.
 */
export class StallWatch {
  readonly #socket: Socket;
  #timeoutMs = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #left = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Begins to watch what is left now, unless it does already. */
  begin(nowMs: number, timeoutMs: number): void {
    if (this.#deadlineMs !== Number.POSITIVE_INFINITY) return;
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = nowMs + timeoutMs;
    this.#left = this.#waiting();
  }

  /** Everything was taken. */
  end(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** `done` when everything was taken since it began, told once; `over` when the time has passed and nothing of it was; else `waits`. */
  look(nowMs: number): 'waits' | 'done' | 'over' {
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return 'waits';
    if (this.#socket.writableLength === 0) {
      this.end();
      return 'done';
    }
    if (nowMs < this.#deadlineMs) return 'waits';
    const left = this.#waiting();
    if (left === this.#left) return 'over';
    this.#left = left;
    this.#deadlineMs = nowMs + this.#timeoutMs;
    return 'waits';
  }

  #waiting(): number {
    const queued = (this.#socket as unknown as QueueOwner)._handle?.writeQueueSize;
    return this.#socket.writableLength + (typeof queued === 'number' ? queued : 0);
  }
}
