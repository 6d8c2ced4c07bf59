/** Streams that a client may reset, or have reset over its own mistakes, at once and for each second after ("rapid reset", CVE-2023-44487; "MadeYouReset", CVE-2025-8671). */
const RESETS = 200;
const RESETS_PER_SECOND = 20;
/** Frames that ask for nothing (SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones), likewise. */
const IDLE_FRAMES = 1_000;
const IDLE_FRAMES_PER_SECOND = 50;
/** Clients say how urgent a request is, and take what is sent to them: requests and data allow for that. */
const FOR_A_REQUEST = 4;
const FOR_DATA_SENT = 2;

/** What a client may do on one session that costs the door work and asks for nothing. */
export class SessionBudget {
  #resets = RESETS;
  #idleFrames = IDLE_FRAMES;
  #filledMs: number;

  constructor(nowMs: number) {
    this.#filledMs = nowMs;
  }

  /** False where there were too many. */
  spendReset(): boolean {
    this.#resets -= 1;
    return this.#resets >= 0;
  }

  /** One is to come that is no fault of the client's. */
  allowReset(): void {
    this.#resets += 1;
  }

  /** False where there were too many. */
  spendIdleFrame(): boolean {
    this.#idleFrames -= 1;
    return this.#idleFrames >= 0;
  }

  noteRequest(): void {
    this.#idleFrames = Math.min(IDLE_FRAMES, this.#idleFrames + FOR_A_REQUEST);
  }

  /** A connection may carry the requests of many, and of those some change their minds: as many as stay may go. */
  noteAnswered(): void {
    this.#resets = Math.min(RESETS, this.#resets + 1);
  }

  noteDataSent(): void {
    this.#idleFrames = Math.min(IDLE_FRAMES, this.#idleFrames + FOR_DATA_SENT);
  }

  tick(nowMs: number): void {
    const seconds = (nowMs - this.#filledMs) / 1000;
    this.#filledMs = nowMs;
    this.#resets = Math.min(RESETS, this.#resets + seconds * RESETS_PER_SECOND);
    this.#idleFrames = Math.min(IDLE_FRAMES, this.#idleFrames + seconds * IDLE_FRAMES_PER_SECOND);
  }
}
