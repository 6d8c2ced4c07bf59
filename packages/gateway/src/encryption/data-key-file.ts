import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { renameSync, readFileSync, writeFileSync } from 'node:fs';
import { isObject, type EncryptPolicy, type JsonValue } from '@sallyport/core';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Versions that a file may hold; every one is kept in memory. */
const MAX_KEYS = 1000;
const NAME = /^[a-z0-9]{1,32}$/;

/** Something is wrong with the keys: the message says what, and never holds a key. */
export class DataKeyError extends Error {}

/** A data key as the file keeps it: wrapped under the master key. */
export interface WrappedKey {
  readonly name: string;
  readonly version: number;
  /** Nothing is written under it before this time, so that everybody who reads has it by then. */
  readonly activeFromMs: number;
  readonly wrapped: string;
}

/** A data key ready for use. */
export interface DataKey extends Omit<WrappedKey, 'wrapped'> {
  readonly key: KeyObject;
}

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
export function masterKeyOf({ master }: EncryptPolicy['keys']): Buffer {
  if (typeof master !== 'string') return readMasterKey(master.reveal());
  let text: string;
  try {
    text = readFileSync(master, 'utf8');
  } catch {
    throw new DataKeyError(`the master key cannot be read: ${master}`);
  }
  return readMasterKey(text);
}

/** Reads a file of data keys. Throws `DataKeyError` where it cannot be read or is not understood. */
export function readKeyFile(path: string): readonly WrappedKey[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new DataKeyError(`the file of data keys cannot be read: ${path}`);
  }
  const root = parsed(text);
  const keys = root?.['keys'];
  if (root?.['format'] !== 1 || !Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS)
    throw new DataKeyError(`this is no file of data keys, or it holds none or more than ${MAX_KEYS}: ${path}`);
  const read = (keys as readonly JsonValue[]).map((one) => toWrapped(one, path));
  if (new Set(read.map(idOf)).size !== read.length) throw new DataKeyError(`a data key stands twice in ${path}`);
  return read;
}

function parsed(text: string): { readonly [name: string]: JsonValue } | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function toWrapped(value: JsonValue, path: string): WrappedKey {
  if (isObject(value)) {
    const { name, version, activeFrom, wrapped } = value;
    const activeFromMs = typeof activeFrom === 'string' ? Date.parse(activeFrom) : Number.NaN;
    if (
      typeof name === 'string' &&
      NAME.test(name) &&
      Number.isSafeInteger(version) &&
      (version as number) > 0 &&
      (version as number) < 1e9 &&
      Number.isFinite(activeFromMs) &&
      typeof wrapped === 'string'
    )
      return { name, version: version as number, activeFromMs, wrapped };
  }
  throw new DataKeyError(`a data key has not name, version, activeFrom and wrapped: ${path}`);
}

/** Writes the file whole or not at all, for its user alone. `fresh` refuses to replace one that is there. */
export function writeKeyFile(path: string, keys: readonly WrappedKey[], fresh: boolean): void {
  const rows = keys.map(({ name, version, activeFromMs, wrapped }) => ({
    name,
    version,
    activeFrom: new Date(activeFromMs).toISOString(),
    wrapped,
  }));
  const text = `${JSON.stringify({ format: 1, keys: rows }, null, 2)}\n`;
  if (fresh) return writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(draft, path);
}

/** Makes the next version of a data key, wrapped under the master key. */
export function makeDataKey(master: Buffer, name: string, version: number, activeFromMs: number): WrappedKey {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(master), nonce).setAAD(wrapPlace({ name, version }));
  const bytes = Buffer.concat([cipher.update(randomBytes(KEY_BYTES)), cipher.final()]);
  return {
    name,
    version,
    activeFromMs,
    wrapped: Buffer.concat([nonce, bytes, cipher.getAuthTag()]).toString('base64url'),
  };
}

/** A name for a new file's keys: what two files hold must not be mistaken for each other. */
export function makeKeyName(): string {
  return `k${randomBytes(4).toString('hex')}`;
}

/** Unwraps a data key. Throws `DataKeyError` where the master key is another one or the file was changed. */
export function unwrapKey(master: Buffer, { wrapped, ...rest }: WrappedKey): DataKey {
  const bytes = Buffer.from(wrapped, 'base64url');
  try {
    if (bytes.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) throw new Error('wrong length');
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(master), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(wrapPlace(rest))
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

/** `NAME.VERSION`, as it stands in sealed values. */
export function idOf({ name, version }: Pick<WrappedKey, 'name' | 'version'>): string {
  return `${name}.${version}`;
}

function wrapPlace(key: Pick<WrappedKey, 'name' | 'version'>): Buffer {
  return Buffer.from(`sallyport data key ${idOf(key)}`);
}

function wrappingKey(master: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', 'sallyport data keys: wrapping', KEY_BYTES));
}
