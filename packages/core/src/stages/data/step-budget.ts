const STEPS = 50_000;

/** What looking through one body for names may cost: a name held against a place is a step. Beyond it, whatever is looked for may be there. */
export class StepBudget {
  #left = STEPS;

  /** False once all are taken. */
  take(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
