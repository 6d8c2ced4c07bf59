import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { StoreError } from './store-error.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = 'v1.';

/** The shortest text that may be a store's key. */
export const MIN_KEY_CHARACTERS = 32;

/** Seals secrets and vouches for rows under a key that is not in the store. */
export interface Sealer {
  /** AES-256-GCM under a new nonce. `place` says where the text belongs: moved to another row, it does not open. */
  seal(text: string, place: string): string;
  /** Throws a `StoreError` for what was not sealed here for this place. */
  unseal(sealed: string, place: string): string;
  /** HMAC-SHA-256 in hex, under a key of its own. */
  authenticate(text: string): string;
}

/** Makes a sealer from the store's key, a random text. One key for each use is derived from it (HKDF, RFC 5869). */
export function createSealer(key: string): Sealer {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `sallyport store: ${use}`, 32));
  const sealing = derive('sealed secrets');
  const authenticating = derive('audit trail');
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(place));
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return FORM + Buffer.concat([nonce, bytes, cipher.getAuthTag()]).toString('base64url');
    },
    unseal(sealed, place) {
      try {
        if (!sealed.startsWith(FORM)) throw new Error('unknown form');
        const bytes = Buffer.from(sealed.slice(FORM.length), 'base64url');
        // Given a short tag, the cipher would check no more than that.
        if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short');
        const end = bytes.length - TAG_BYTES;
        const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(end));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new StoreError(
          'key',
          'what is sealed in the store does not open: the key is another one, or a row was changed',
          { cause },
        );
      }
    },
    authenticate: (text) => createHmac('sha256', authenticating).update(text).digest('hex'),
  };
}
