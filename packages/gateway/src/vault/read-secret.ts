import { isObject, type JsonObject } from '@sallyport/core';
import { VaultError } from './vault-error.ts';
import type { VaultSession } from './vault-session.ts';

/** A secret as Vault gave it. */
export interface VaultSecret {
  readonly fields: JsonObject;
  /** Null where it has none, as in KV. */
  readonly lease: VaultLease | null;
}

export interface VaultLease {
  readonly id: string;
  readonly seconds: number;
  readonly renewable: boolean;
}

/**
 * Reads a secret by the path that `vault kv get` or `vault read` would take: below a KV engine of version 2 it is looked for under `data/`. Where
 * Vault does not say what is mounted there, the path is taken as it stands. Rejects with a `VaultError`.
 */
export async function readSecret(session: VaultSession, path: string): Promise<VaultSecret> {
  const mount = await kvMount(session, path);
  const answer = await session.ask('GET', mount === null ? path : `${mount}data/${path.slice(mount.length)}`);
  const data = objectIn(answer, 'data');
  const fields = mount === null ? data : data === null ? null : objectIn(data, 'data');
  if (fields === null) throw new VaultError('refused', 'there is no such secret, or it was deleted');
  return { fields, lease: leaseOf(answer) };
}

/** Renews a lease; what is left of it then. Rejects with a `VaultError`. */
export async function renewLease(session: VaultSession, lease: VaultLease): Promise<VaultLease> {
  const answer = await session.ask('PUT', 'sys/leases/renew', { lease_id: lease.id });
  const next = leaseOf(answer);
  if (next === null) throw new VaultError('refused', 'the lease was not renewed');
  return next;
}

/** Where a KV engine of version 2 is mounted, with a slash at its end; null where none is, or Vault does not say. */
async function kvMount(session: VaultSession, path: string): Promise<string | null> {
  let about: JsonObject | null;
  try {
    about = objectIn(await session.ask('GET', `sys/internal/ui/mounts/${path}`), 'data');
  } catch (error) {
    if (error instanceof VaultError && error.kind !== 'unavailable') return null;
    throw error;
  }
  const mount = about?.['path'];
  const version = about === null ? null : objectIn(about, 'options')?.['version'];
  return about?.['type'] === 'kv' && version === '2' && typeof mount === 'string' && path.startsWith(mount)
    ? mount
    : null;
}

function leaseOf(answer: JsonObject): VaultLease | null {
  const { lease_id: id, lease_duration: seconds, renewable } = answer;
  if (typeof id !== 'string' || id === '' || typeof seconds !== 'number' || !(seconds > 0)) return null;
  return { id, seconds, renewable: renewable === true };
}

function objectIn(value: JsonObject, name: string): JsonObject | null {
  const member = Object.hasOwn(value, name) ? (value[name] ?? null) : null;
  return isObject(member) ? member : null;
}
