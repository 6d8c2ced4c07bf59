/**
 * Why the store did not do what it was asked. `unavailable` heals by itself and is worth another try; all others need somebody:
 * `full` more than there may be of something, `conflict` a key or id that is there already, `unknown` an id that is not, `newer` a database of a later version, `key` the wrong key
 * for what is sealed in it, `settings` anything that was configured wrongly.
 */
export type StoreErrorKind = 'unavailable' | 'full' | 'conflict' | 'unknown' | 'newer' | 'key' | 'settings';

/** A failure of the store, told without any value that was to be stored. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.kind = kind;
  }
}
