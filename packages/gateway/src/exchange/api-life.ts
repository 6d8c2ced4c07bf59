/**
 * How long an API has to stay: exchanges that began on it finish on it after a reload, also those that have not asked its upstream yet,
 * so its connections close when the last of them has ended.
 */
export class ApiLife {
  #under = 0;
  #close: (() => void) | null = null;

  begin(): void {
    this.#under += 1;
  }

  end(): void {
    this.#under -= 1;
    if (this.#under === 0) this.#settle();
  }

  /** Calls `close` once no exchange is under way: now, or when the last has ended. */
  retire(close: () => void): void {
    this.#close = close;
    if (this.#under === 0) this.#settle();
  }

  #settle(): void {
    const close = this.#close;
    this.#close = null;
    close?.();
  }
}
