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
  /** The id of the key or user entry, never its secret; the serial number of a certificate; null for tokens. */
  readonly keyId: string | null;
}

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
