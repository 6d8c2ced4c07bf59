import type { EncryptPolicy } from './encrypt-policy.ts';
import type { FindingAction } from './finding-action.ts';
import type { Selectors } from './data-selectors.ts';
import type { Place } from './place.ts';

/** Who may: a role, a scope, or whichever of the two has the name. */
export interface Audience {
  readonly kind: 'role' | 'scope' | 'either';
  readonly name: string;
}

/** What a property whose reader is not among its audience becomes. */
export type HiddenForm = 'remove' | 'mask';

/** What detectors look for in answers. */
export const SENSITIVE_KINDS = [
  'card-number',
  'iban',
  'email',
  'phone',
  'national-id',
  'token',
  'private-key',
] as const;
/** A kind of sensitive data, as `data.detect` names it. */
export type SensitiveKind = (typeof SENSITIVE_KINDS)[number];

/** What the policy says of data by its class. */
export interface DataPolicy {
  readonly classes: ReadonlyMap<string, Selectors>;
  /** Who sees a class. A class that is not in it is seen by whoever may call the operation; an empty list is nobody. */
  readonly visible: ReadonlyMap<string, readonly Audience[]>;
  /** Who may set it. */
  readonly writable: ReadonlyMap<string, readonly Audience[]>;
  /** By class; what has no class, or one that is not in it, becomes `hiddenElse`. */
  readonly hidden: ReadonlyMap<string, HiddenForm>;
  readonly hiddenElse: HiddenForm;
  readonly detect: Readonly<Record<SensitiveKind, FindingAction>>;
  /** How many answers of an operation are looked into where nothing is done but report. */
  readonly sample: { readonly amount: number; readonly windowMs: number };
  /** Null or absent: nothing is encrypted. */
  readonly encrypt?: EncryptPolicy | null;
  /** Every class that a setting names, and where; a class that neither `classes` nor the document knows is a mistake. */
  readonly named: readonly { readonly class: string; readonly place: Place }[];
  /** Every role that `visible` and `writable` name as one, and where: nobody has one that nothing declares. Absent: none. */
  readonly roles?: readonly {
    readonly role: string;
    readonly may: 'see' | 'set';
    readonly class: string;
    readonly place: Place;
  }[];
  /** Every name and JSON Pointer that says which properties are meant, as it is written, and where: one that means none protects nothing. Absent: none. */
  readonly fields?: readonly { readonly text: string; readonly place: Place }[];
}

export const NO_DATA_POLICY: DataPolicy = Object.freeze({
  classes: new Map(),
  visible: new Map(),
  writable: new Map(),
  hidden: new Map(),
  hiddenElse: 'remove',
  detect: Object.freeze(
    Object.fromEntries(SENSITIVE_KINDS.map((kind) => [kind, 'report'])) as Record<SensitiveKind, FindingAction>,
  ),
  sample: { amount: 100, windowMs: 1_000 },
  named: [],
});

/** Reads `role:NAME`, `scope:NAME`, or a name that a role or a scope may have. */
export function parseAudience(text: string): Audience {
  if (text.startsWith('role:')) return { kind: 'role', name: text.slice('role:'.length) };
  if (text.startsWith('scope:')) return { kind: 'scope', name: text.slice('scope:'.length) };
  return { kind: 'either', name: text };
}
