import type { Secret } from './secret.ts';

/**
 * A secret read from where its reference points. Only `reveal` gives the value away: printed, logged, inspected or serialized
 * it is its reference, so that a dump of the policy never leaks it.
 */
export class ResolvedSecret implements Secret {
  readonly reference: string;
  readonly #value: string;

  constructor(reference: string, value: string) {
    this.reference = reference;
    this.#value = value;
    Object.freeze(this);
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return this.reference;
  }

  toString(): string {
    return this.reference;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Secret(${this.reference})`;
  }
}
