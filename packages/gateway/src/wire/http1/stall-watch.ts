import type { Socket } from 'node:net';

/** What a connection was given to write and what of that the system has not taken; undocumented, so numbers only where this Node has them. */
interface Handle {
  readonly bytesWritten?: unknown;
  readonly writeQueueSize?: unknown;
  /** Below TLS, whose own queue holds a write until all of it was taken. */
  readonly _parent?: Handle | null;
}

/**
 * Bounds how long a client may take nothing of what is written to it ("slow read"). Counts what the system has taken, and nothing else: a socket's own
 * time-out is put off by bytes that come, and what is left is changed by each write of ours. One byte a time would hold a reply, and with it
 * a connection to the upstream, for ever. For a clock to look at.
 */
export class StallWatch {
  readonly #socket: Socket;
  #timeoutMs = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #taken = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Begins to watch what is left now, unless it does already. */
  begin(nowMs: number, timeoutMs: number): void {
    if (this.#deadlineMs !== Number.POSITIVE_INFINITY) return;
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = nowMs + timeoutMs;
    this.#taken = this.#takenNow();
  }

  /** Everything was taken. */
  end(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** `allTaken`: nothing is left. `done` when that came since it began, told once; `over` when the time has passed and nothing of it was; else `waits`. */
  look(nowMs: number, allTaken: boolean): 'waits' | 'done' | 'over' {
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return 'waits';
    if (allTaken) {
      this.end();
      return 'done';
    }
    if (nowMs < this.#deadlineMs) return 'waits';
    const taken = this.#takenNow();
    if (taken === this.#taken) return 'over';
    this.#taken = taken;
    this.#deadlineMs = nowMs + this.#timeoutMs;
    return 'waits';
  }

  /** Where this Node does not tell of its handles, a write counts when all of it was taken. */
  #takenNow(): number {
    const own = (this.#socket as unknown as { readonly _handle?: Handle | null })._handle;
    const { bytesWritten, writeQueueSize } = own?._parent ?? own ?? {};
    if (typeof bytesWritten === 'number' && typeof writeQueueSize === 'number') return bytesWritten - writeQueueSize;
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
