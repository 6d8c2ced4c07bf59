import type { Secret } from './secret.ts';
import type { FindingAction } from './finding-action.ts';
import type { Place } from './place.ts';
import type { Selectors } from './data-selectors.ts';

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
  /** Where the policy says so: to be held against the document. */
  readonly place: Place;
}

/** What is done to a text before it is indexed, so that what counts as the same is found as the same. */
export const NORMAL_FORMS = ['trim', 'lower-case', 'nfc', 'nfkc', 'digits', 'letters-and-digits'] as const;
export type NormalForm = (typeof NORMAL_FORMS)[number];

/** A field that the upstream can look up though it cannot read it: beside its value goes an index, which is equal where values are. */
export interface FieldIndex {
  /** The name of the field, case folded. */
  readonly field: string;
  /** The property beside it that the index goes into. */
  readonly property: string;
  /** In the order in which they are done. */
  readonly normalize: readonly NormalForm[];
  /** Names of parameters of path and query that are replaced by the index of what they hold, case folded. */
  readonly parameters: readonly string[];
  /** Whether a field that can have but few values may be indexed. */
  readonly fewValues: 'refuse' | 'allow';
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
  /** What becomes of encrypted values in answers in which nothing is to be encrypted. */
  readonly elsewhere: FindingAction;
  /** By field, case folded. */
  readonly indexes: ReadonlyMap<string, FieldIndex>;
  /** Versions of the data key that index keys are derived from: the first is written, all are looked up. */
  readonly indexKeys: readonly number[];
}
