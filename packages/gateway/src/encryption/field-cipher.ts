import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { FieldCipherPort, OpenedField, SealedPlace } from '@sallyport/core';
import { idOf } from './data-key-file.ts';
import type { DataKey } from './key-wrapper.ts';
import { RandomPool } from './random-pool.ts';

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MIN_BYTES = SALT_BYTES + NONCE_BYTES + 1 + TAG_BYTES;
const SEALED = /^sp1\.([a-z0-9]{1,32}\.[0-9]{1,9})\.([A-Za-z0-9_-]+)$/;
const DERIVATION = Buffer.from('sallyport field ');
const RANDOM = new RandomPool();

/** The data keys that are at hand. */
export interface KeyHolder {
  /** The key that is written under; null where it cannot be had. */
  current(nowMs: number): DataKey | null;
  /** Whether anything may be written under it. */
  mayWrite(nowMs: number): boolean;
  /** Null for a key that there is none of; `unavailable` for one that cannot be had just now. */
  find(id: string): DataKey | 'unavailable' | null;
  /** Hears of each value that is written. */
  used(id: string): void;
}

/**
 * Seals fields with AES-256-GCM: `sp1.NAME.VERSION.PAYLOAD`, where the payload is base64url of a salt of 16 bytes, a nonce of 12, the
 * ciphertext and its tag of 16. Each value has a key of its own, HMAC-SHA-256 of the salt under the data key, so that nonces, being random,
 * do not meet however much is written. Format, key, field and record are bound as associated data.
 */
export function createFieldCipher(keys: KeyHolder): FieldCipherPort {
  return {
    canSeal: (nowMs) => keys.mayWrite(nowMs),
    seal(text, place, nowMs) {
      const current = keys.current(nowMs);
      if (current === null) throw new Error('there is no data key to write under');
      const id = idOf(current);
      const salt = RANDOM.take(SALT_BYTES);
      const nonce = RANDOM.take(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', valueKey(current.key, salt), nonce).setAAD(associated(id, place));
      const bytes = Buffer.concat([salt, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      keys.used(id);
      return `sp1.${id}.${bytes.toString('base64url')}`;
    },
    open(sealed, place) {
      const [, id = '', payload = ''] = SEALED.exec(sealed) ?? [];
      const bytes = Buffer.from(payload, 'base64url');
      // One value, one text: what decodes to the same bytes another way was written by somebody else.
      if (bytes.length < MIN_BYTES || bytes.toString('base64url') !== payload) return failed('malformed');
      const key = keys.find(id);
      if (key === null) return failed('key-unknown');
      return key === 'unavailable' ? failed('key-unavailable') : decrypt(key, id, bytes, place);
    },
  };
}

function decrypt({ key }: DataKey, id: string, bytes: Buffer, place: SealedPlace): OpenedField {
  const start = SALT_BYTES + NONCE_BYTES;
  try {
    const decipher = createDecipheriv(
      'aes-256-gcm',
      valueKey(key, bytes.subarray(0, SALT_BYTES)),
      bytes.subarray(SALT_BYTES, start),
      { authTagLength: TAG_BYTES },
    )
      .setAAD(associated(id, place))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(start, -TAG_BYTES)), decipher.final()]);
    return { ok: true, text: text.toString('utf8') };
  } catch {
    return failed('not-authentic');
  }
}

function failed(reason: Exclude<OpenedField, { ok: true }>['reason']): OpenedField {
  return { ok: false, reason };
}

function valueKey(key: KeyObject, salt: Uint8Array): KeyObject {
  // A key that is an object costs a fifth of one that is bytes.
  return createSecretKey(createHmac('sha256', key).update(DERIVATION).update(salt).digest());
}

/** As JSON, so that no two places have one text. */
function associated(id: string, { field, record }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(['sp1', id, field, record]));
}

/** Keys that are held for good. */
export function heldForGood(keys: readonly DataKey[]): KeyHolder {
  const byId = new Map(keys.map((key) => [idOf(key), key]));
  const newestFirst = keys.toSorted(
    (one, other) => other.activeFromMs - one.activeFromMs || other.version - one.version,
  );
  const current = (nowMs: number): DataKey | null =>
    newestFirst.find(({ activeFromMs }) => activeFromMs <= nowMs) ?? null;
  return {
    current,
    mayWrite: (nowMs) => current(nowMs) !== null,
    find: (id) => byId.get(id) ?? null,
    used: () => undefined,
  };
}
