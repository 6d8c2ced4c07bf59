import type { Secret } from './policy.ts';
import type { Selectors } from './data-policy.ts';

/** Where the id of the record that a field belongs to stands: a member beside or around it, or a parameter of the path. */
export interface RecordSource {
  readonly in: 'body' | 'path';
  readonly name: string;
}

/** Which fields the upstream keeps encrypted, and under which keys. */
export interface EncryptPolicy {
  readonly fields: Selectors;
  /** Classes whose fields are encrypted. */
  readonly classes: ReadonlySet<string>;
  readonly keys: { readonly file: string; readonly master: Secret | string };
  /** The first that is there counts. Empty: fields are bound to their name alone. */
  readonly record: readonly RecordSource[];
  /** What becomes of a value that comes back in clear, from before it was encrypted. */
  readonly legacy: 'pass' | 'block';
}
