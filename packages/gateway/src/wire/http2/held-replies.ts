/** What may wait on one session for as long as its client takes a little of each reply. */
const FREE_BYTES = 32 * 1024 * 1024;
/** What is beyond that has to be on its way out in so many times of what a client may take nothing in: half an hour where that is 30 s. */
const PERIODS = 60;

/** A reply whose rest waits for its client. */
export interface HeldReply {
  readonly heldBytes: number;
  giveUp(): void;
}

/**
 * Bounds what the replies of one session hold together: a hundred of the largest are a gigabyte, and a client that takes a KiB of each now and then would keep them for
 * days ("slow read", CVE-2019-9511 and its kind). Who takes them at any speed that a line has loses none.
 */
export class HeldReplies {
  #sentBytes = 0;
  #dueBytes = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;

  /** So many bytes of replies have gone out. */
  onSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** Where too little of too much has gone out in `timeoutMs`, gives replies up, those first of which the most waits. */
  tick(nowMs: number, timeoutMs: number, replies: { values(): Iterable<HeldReply> }): void {
    let heldBytes = 0;
    for (const reply of replies.values()) heldBytes += reply.heldBytes;
    if (heldBytes <= FREE_BYTES) {
      this.#deadlineMs = Number.POSITIVE_INFINITY;
      return;
    }
    if (this.#deadlineMs !== Number.POSITIVE_INFINITY) {
      if (nowMs < this.#deadlineMs) return;
      if (this.#sentBytes < this.#dueBytes)
        for (const reply of [...replies.values()].sort((one, other) => other.heldBytes - one.heldBytes)) {
          if (heldBytes <= FREE_BYTES) break;
          heldBytes -= reply.heldBytes;
          reply.giveUp();
        }
    }
    this.#sentBytes = 0;
    this.#dueBytes = heldBytes / PERIODS;
    this.#deadlineMs = nowMs + timeoutMs;
  }
}
