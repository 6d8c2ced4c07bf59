import type { PlannedLimit } from './stages/limits/limit-state.ts';

/** An API key that has limits of its own or hands out tokens, as far as requests are counted by it. */
export interface CountedKey {
  /** The id of the first key of its rotations. Counted by this, neither a rotation nor a token begins anew. */
  readonly family: string;
  /** Limits of its own; empty where it has none. */
  readonly limits: readonly PlannedLimit[];
}

/** Who is asking, as far as it was proved. Frozen; shared between exchanges that carry the same credential. */
export interface Principal {
  readonly kind: 'anonymous' | 'key' | 'token' | 'user' | 'certificate';
  /** The subject as its issuer names it; `''` for the anonymous principal. */
  readonly subject: string;
  /** The issuer that vouched for it: a token's `iss`, or the security scheme's name. */
  readonly issuer: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: readonly string[];
  /** Verified claims, or the attributes kept beside a key. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The security schemes that were proved. */
  readonly schemes: readonly string[];
  /** The id of the key or user entry, never its secret; the serial number of a certificate; of a token the key that it was obtained with, null where that is no key of ours. */
  readonly keyId: string | null;
  /** The keys that requests of this principal count as; absent where limits by key do not reach beyond `keyId`. */
  readonly keys?: readonly CountedKey[];
}

/** Nobody: what a request without a proved credential asks as, where its operation lets anyone in. */
export const ANONYMOUS: Principal = Object.freeze({
  kind: 'anonymous',
  subject: '',
  issuer: '',
  scopes: new Set<string>(),
  roles: [],
  attributes: Object.freeze({}),
  schemes: [],
  keyId: null,
});
