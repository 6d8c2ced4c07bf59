import type { KeyObject } from 'node:crypto';
import type { WrappedKey } from './data-key-file.ts';

/** A data key ready for use. */
export interface DataKey extends Omit<WrappedKey, 'wrapped'> {
  readonly key: KeyObject;
}

/** Wraps data keys under a key of its own, and unwraps them. Rejects with a `KeyWrapperError`. */
export interface KeyWrapper {
  /** Who it is, for people. */
  readonly name: string;
  /** Makes a data key and gives it wrapped, as text. */
  make(key: KeyPlace): Promise<string>;
  unwrap(key: WrappedKey): Promise<DataKey>;
  /** Wraps a data key anew under the latest version of the key it is wrapped under. */
  rewrap(key: WrappedKey): Promise<string>;
  close(): void;
}

export type KeyPlace = Pick<WrappedKey, 'name' | 'version'>;

/**
 * A data key cannot be had. `refused`: whoever keeps the wrapping key says no, and asking again would not help; `unavailable`: nobody could be asked.
 * The message is for the operator, and holds neither keys nor credentials.
 */
export class KeyWrapperError extends Error {
  readonly kind: 'refused' | 'unavailable';

  constructor(kind: KeyWrapperError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

export const KEY_BYTES = 32;

/** What a wrapped key is bound to, where its wrapping binds it to something: one cannot stand in for another. */
export function wrapPlace({ name, version }: KeyPlace): string {
  return `sallyport data key ${name}.${version}`;
}
