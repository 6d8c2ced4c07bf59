import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { Secret, StorePolicy } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import { writeNew } from '../write-whole.ts';
import { MIN_KEY_CHARACTERS } from './key-ring.ts';
import { checkSqlitePath } from './sqlite-path.ts';
import { StoreError } from './store-error.ts';

/** The keys that the policy names, the newest first. Throws a `StoreError`: for a path that is none of a database too, whose key nobody should be sent looking for. */
export function readStoreKeys(policy: StorePolicy, notice: (text: string) => void): readonly string[] {
  if (policy.location.kind === 'sqlite') checkSqlitePath(policy.location.path);
  return [readStoreKey(policy, notice), ...(policy.olderKeys ?? []).map(readNamed)];
}

/** Looks at the files that the policy names for the store, and makes none. Throws the `StoreError` of the first that would not do. */
export function checkStoreFiles({ location, key, olderKeys = [] }: StorePolicy): void {
  if (location.kind === 'sqlite') checkSqlitePath(location.path);
  for (const named of key === null ? [] : [key, ...olderKeys]) readNamed(named);
}

/**
 * The key that secrets in the store are sealed under. Where the policy names none, a file beside the SQLite database holds it, which only
 * its user may read; it is made together with the database, and `notice` told so. It is never made for a database that is there
 * already: that one was sealed under a key that got lost.
 */
function readStoreKey({ location, key }: StorePolicy, notice: (text: string) => void): string {
  if (key !== null) return readNamed(key);
  if (location.kind !== 'sqlite') throw new StoreError('settings', 'store.key is missing');
  const path = `${location.path}.key`;
  if (!existsSync(path)) {
    if (existsSync(location.path) && statSync(location.path).size > 0)
      throw new StoreError('key', `the key of the store is missing: restore ${path}, or name it in store.key`);
    makeKeyFile(path);
    notice(
      `made the key of the store, ${path}: keep a copy apart from the database, or nothing sealed in it can be read again`,
    );
  }
  return readKeyFile(path);
}

function readNamed(key: Secret | string): string {
  return typeof key === 'string' ? readKeyFile(key) : checked(key.reveal(), `store.key (${key.reference})`);
}

function readKeyFile(path: string): string {
  let text: string;
  try {
    // What others may read is no secret from them; made so by a copy or an unpacked archive, it is mended where it can be.
    if ((statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(path, 0o600);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StoreError(
      'settings',
      `the key of the store, ${path}, cannot be read, or be kept from other users: ${fileReason(cause)}`,
      { cause },
    );
  }
  return checked(text.trim(), path);
}

function checked(key: string, where: string): string {
  if (key.length >= MIN_KEY_CHARACTERS) return key;
  throw new StoreError('settings', `${where} is too short for a key: make one with openssl rand -base64 32`);
}

/** Two processes that start together get one key, and nobody reads half of one. */
function makeKeyFile(path: string): void {
  try {
    writeNew(path, `${randomBytes(32).toString('base64')}\n`);
  } catch (cause) {
    if (existsSync(path)) return;
    throw new StoreError('settings', `the key of the store, ${path}, cannot be written: ${fileReason(cause)}`, {
      cause,
    });
  }
}
