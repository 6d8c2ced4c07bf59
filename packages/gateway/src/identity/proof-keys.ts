import { hash } from 'node:crypto';
import type { JsonObject } from '@sallyport/core';
import { importKeySet, type VerificationKey } from './json-web-key.ts';

/** The key that a proof brings, ready to verify with. */
export interface ImportedProofKey {
  readonly key: VerificationKey;
  /** RFC 7638 thumbprint, SHA-256 in base64url. */
  readonly thumbprint: string;
}

const MAX_KEPT = 2_000;
const MAX_KEPT_CHARACTERS = 2_048;

/** The members of RFC 7638, section 3.2, in their order; of Ed25519 by RFC 8037, section 2. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/**
 * Imports the keys of proofs, and keeps those of good ones: a client uses one key for many requests, and to import it costs as much as to verify
 * with it. Filed under the whole JWK as it was written, so that none is ever taken for another. Only a proof whose signature was right, of
 * somebody with a token, gets its key kept; at most 2,000, and the oldest makes room.
 */
export class ProofKeys {
  readonly #kept = new Map<string, ImportedProofKey>();

  /** Null for a key that is private, secret, weak, of an unknown type or wrong in any other way (`importKeySet`). */
  import(jwk: JsonObject): ImportedProofKey | null {
    const kept = this.#kept.get(JSON.stringify(jwk));
    if (kept !== undefined) return kept;
    const [key] = importKeySet({ keys: [jwk] }, false).keys;
    const { kty } = jwk as { readonly kty?: unknown };
    const members = typeof kty === 'string' ? THUMBPRINT_MEMBERS[kty] : undefined;
    if (key === undefined || members === undefined) return null;
    const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
    return { key, thumbprint: hash('sha256', canonical, 'base64url') };
  }

  keep(jwk: JsonObject, imported: ImportedProofKey): void {
    const name = JSON.stringify(jwk);
    if (name.length > MAX_KEPT_CHARACTERS || this.#kept.has(name)) return;
    if (this.#kept.size >= MAX_KEPT) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
    }
    this.#kept.set(name, imported);
  }
}
