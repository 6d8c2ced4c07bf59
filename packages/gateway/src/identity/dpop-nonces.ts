import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long one nonce is given out; it is accepted for one to two times longer. */
export const NONCE_STEP_MS = 60_000;
const MAC_BYTES = 16;

/**
 * Nonces for DPoP proofs (RFC 9449, sections 8 and 9) that need no memory: the minute and a MAC of it. The one of this minute is given out, those of
 * the two minutes before are still accepted. All clients get the same one: it tells how fresh a proof is, and `jti` that it is new.
 */
export class DpopNonces {
  readonly #key: KeyObject;

  /** Processes that are given the same secret accept each other's nonces. */
  constructor(secret: string | null = null) {
    this.#key = createSecretKey(
      secret === null ? randomBytes(32) : createHmac('sha256', secret).update('sallyport dpop nonce').digest(),
    );
  }

  current(nowMs: number): string {
    return this.#make(Math.floor(nowMs / NONCE_STEP_MS));
  }

  /** `current`; `old`, which is accepted while the client should be given the current one; or `bad`. */
  judge(nonce: string, nowMs: number): 'current' | 'old' | 'bad' {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== 6 + MAC_BYTES || bytes.toString('base64url') !== nonce) return 'bad';
    const step = bytes.readUIntBE(0, 6);
    const age = Math.floor(nowMs / NONCE_STEP_MS) - step;
    // One minute ahead: another process with the same secret may have a clock that is a little faster.
    if (age < -1 || age > 2) return 'bad';
    if (!timingSafeEqual(bytes, Buffer.from(this.#make(step), 'base64url'))) return 'bad';
    return age <= 0 ? 'current' : 'old';
  }

  #make(step: number): string {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntBE(step, 0, 6);
    const mac = createHmac('sha256', this.#key).update(bytes).digest().subarray(0, MAC_BYTES);
    return Buffer.concat([bytes, mac]).toString('base64url');
  }
}
