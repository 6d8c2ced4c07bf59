import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Secret } from '@sallyport/core';
import { DataKeyError, idOf, type WrappedKey } from './data-key-file.ts';
import { type DataKey, KEY_BYTES, type KeyPlace, type KeyWrapper, KeyWrapperError, wrapPlace } from './key-wrapper.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The master key from its text: 32 bytes in base64, base64url or hex. */
export function readMasterKey(text: string): Buffer {
  const written = text.trim();
  const key = /^[0-9A-Fa-f]{64}$/.test(written)
    ? Buffer.from(written, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(written)
      ? Buffer.from(written, 'base64')
      : null;
  if (key?.length !== KEY_BYTES)
    throw new DataKeyError('the master key is not 32 bytes in base64: make one with openssl rand -base64 32');
  return key;
}

/** The master key that the policy names. Throws `DataKeyError`. */
export function masterKeyOf(master: Secret | string): Buffer {
  if (typeof master !== 'string') return readMasterKey(master.reveal());
  let text: string;
  try {
    text = readFileSync(master, 'utf8');
  } catch {
    throw new DataKeyError(`the master key cannot be read: ${master}`);
  }
  return readMasterKey(text);
}

/** Makes the next version of a data key, wrapped under the master key. */
export function makeDataKey(master: Buffer, name: string, version: number, activeFromMs: number): WrappedKey {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(master), nonce).setAAD(
    Buffer.from(wrapPlace({ name, version })),
  );
  const bytes = Buffer.concat([cipher.update(randomBytes(KEY_BYTES)), cipher.final()]);
  return {
    name,
    version,
    activeFromMs,
    wrapped: Buffer.concat([nonce, bytes, cipher.getAuthTag()]).toString('base64url'),
  };
}

/** Unwraps a data key. Throws `DataKeyError` where the master key is another one or the file was changed. */
export function unwrapKey(master: Buffer, { wrapped, ...rest }: WrappedKey): DataKey {
  const bytes = Buffer.from(wrapped, 'base64url');
  try {
    if (bytes.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) throw new Error('wrong length');
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(master), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(wrapPlace(rest)))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const key = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { ...rest, key: createSecretKey(key) };
  } catch (cause) {
    throw new DataKeyError(
      `the data key ${idOf(rest)} does not unwrap: the master key is another one, or the file was changed`,
      { cause },
    );
  }
}

/** Wraps under a master key of this machine. */
export function createMasterWrapper(master: Buffer): KeyWrapper {
  const wrap = ({ name, version }: KeyPlace): string => makeDataKey(master, name, version, 0).wrapped;
  return {
    name: 'the master key',
    make: (key) => Promise.resolve(wrap(key)),
    unwrap: async (key) => {
      try {
        return await Promise.resolve(unwrapKey(master, key));
      } catch (error) {
        throw new KeyWrapperError('refused', error instanceof Error ? error.message : '', error);
      }
    },
    rewrap: (key) => Promise.resolve(key.wrapped),
    close: () => undefined,
  };
}

function wrappingKey(master: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', 'sallyport data keys: wrapping', KEY_BYTES));
}
