import type { Secret } from './policy.ts';
import type { Selectors } from './data-policy.ts';

/** How long a data key that somebody else unwrapped is used. */
export interface HeldKeys {
  /** Written under for so long; asked for again before. */
  readonly renewMs: number;
  /** Read with for so long after that, while nobody can be asked. */
  readonly keepMs: number;
  /** Values written under it until it is asked for again. */
  readonly uses: number;
}

/** What data keys are wrapped under. */
export type WrappingPolicy =
  | { readonly kind: 'master'; readonly master: Secret | string }
  | { readonly kind: 'vault'; readonly mount: string; readonly key: string; readonly held: HeldKeys }
  | {
      readonly kind: 'aws-kms';
      /** Its ARN, its id, or `alias/NAME`. */
      readonly key: string;
      readonly region: string;
      /** Null for that of the region. */
      readonly endpoint: string | null;
      /** What each data key is bound to beside its name and version. */
      readonly context: ReadonlyMap<string, string>;
      readonly held: HeldKeys;
    };

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
  readonly keys: { readonly file: string; readonly wrapping: WrappingPolicy };
  /** The first that is there counts. Empty: fields are bound to their name alone. */
  readonly record: readonly RecordSource[];
  /** What becomes of a value that comes back in clear, from before it was encrypted. */
  readonly legacy: 'pass' | 'block';
}
