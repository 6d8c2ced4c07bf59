import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isObject, type JsonValue } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import { writeNew, writeWhole } from '../write-whole.ts';

/** Versions that a file may hold; every one is kept in memory. */
const MAX_KEYS = 1000;
const NAME = /^[a-z0-9]{1,32}$/;

/** Something is wrong with the keys: the message says what, and never holds a key. */
export class DataKeyError extends Error {}

/** A data key as the file keeps it: wrapped, by the master key or by whoever keeps the key that it is wrapped under. */
export interface WrappedKey {
  readonly name: string;
  readonly version: number;
  /** Nothing is written under it before this time, so that everybody who reads has it by then. */
  readonly activeFromMs: number;
  readonly wrapped: string;
}

/** Reads a file of data keys. Throws `DataKeyError` where it cannot be read or is not understood. */
export function readKeyFile(path: string): readonly WrappedKey[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DataKeyError(`the file of data keys cannot be read: ${path}: ${fileReason(error)}`);
  }
  return toKeys(text, path);
}

function toKeys(text: string, path: string): readonly WrappedKey[] {
  const root = parsed(text);
  const keys = root?.['keys'];
  if (root?.['format'] !== 1 || !Array.isArray(keys) || keys.length === 0)
    throw new DataKeyError(`this is no file of data keys, or it holds none: ${path}`);
  if (keys.length > MAX_KEYS) throw new DataKeyError(`a file holds ${MAX_KEYS} data keys at most: ${path}`);
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

/**
 * Writes the file whole or not at all, for its user alone. `fresh` refuses to replace one that is there. Throws `DataKeyError` for keys that could not be
 * read again, and leaves the file as it is then.
 */
export function writeKeyFile(path: string, keys: readonly WrappedKey[], fresh: boolean): void {
  const rows = keys.map(({ name, version, activeFromMs, wrapped }) => ({
    name,
    version,
    activeFrom: new Date(activeFromMs).toISOString(),
    wrapped,
  }));
  const text = `${JSON.stringify({ format: 1, keys: rows }, null, 2)}\n`;
  toKeys(text, path);
  if (fresh) writeNew(path, text);
  else writeWhole(path, text);
}

/** A name for a new file's keys: what two files hold must not be mistaken for each other. */
export function makeKeyName(): string {
  return `k${randomBytes(4).toString('hex')}`;
}

/** `NAME.VERSION`, as it stands in sealed values. */
export function idOf({ name, version }: Pick<WrappedKey, 'name' | 'version'>): string {
  return `${name}.${version}`;
}
