/** How many answers are looked into: so many in each window, the first ones. */
export class LookBudget {
  readonly #amount: number;
  readonly #windowMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #left = 0;

  constructor(amount: number, windowMs: number) {
    this.#amount = amount;
    this.#windowMs = windowMs;
  }

  /** Takes one; false where none is left at `nowMs`. A clock that was set back begins a window. */
  take(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= this.#windowMs || nowMs < this.#sinceMs) {
      this.#sinceMs = nowMs;
      this.#left = this.#amount;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
