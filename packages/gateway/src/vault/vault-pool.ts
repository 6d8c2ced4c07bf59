import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NO_EGRESS, type Secret, type VaultPolicy } from '@sallyport/core';
import { createEgress, type Egress, type EgressOptions } from '../egress/egress.ts';
import { fileReason } from '../file-reason.ts';
import { SYSTEM_CLOCK } from '../clock.ts';
import { VaultError } from './vault-error.ts';
import { createVaultSession, type TellVault, type VaultSession } from './vault-session.ts';

/** Somebody's part in a session; `release` gives it back, once. */
export interface VaultShare {
  readonly session: VaultSession;
  release(): void;
}

/** Sessions with Vault that outlive reloads: one for all who use the same settings. */
export interface VaultPool {
  /** Throws a `VaultError` where the file of authorities cannot be read. */
  take(policy: VaultPolicy): VaultShare;
}

/** A session is closed when its last user gave it back. The policy names Vault itself, so nothing has to be allowed for it. */
export function createVaultPool(
  { tell, ...egressOptions }: EgressOptions & { readonly tell?: TellVault } = {},
  open: (policy: VaultPolicy, ca: string | null, egress: Egress) => VaultSession = (policy, ca, through) =>
    createVaultSession(policy, ca, through, SYSTEM_CLOCK, tell),
): VaultPool {
  const egress = createEgress(NO_EGRESS, egressOptions);
  const sessions = new Map<string, { readonly session: VaultSession; users: number }>();
  return {
    take(policy) {
      const ca = policy.ca === null ? null : readAuthorities(policy.ca);
      const id = fingerprintOf(policy, ca);
      const shared = sessions.get(id) ?? { session: open(policy, ca, egress), users: 0 };
      sessions.set(id, shared);
      shared.users++;
      let released = false;
      return {
        session: shared.session,
        release() {
          if (released) return;
          released = true;
          shared.users--;
          if (shared.users > 0) return;
          sessions.delete(id);
          shared.session.close();
        },
      };
    },
  };
}

/** By the values behind references: another token is another session. Hashed, for it is kept. */
function fingerprintOf({ address, namespace, timeoutMs, login }: VaultPolicy, ca: string | null): string {
  const values = Object.entries(login).map(([name, value]: [string, Secret | string]) => [
    name,
    typeof value === 'string' ? value : ['secret', value.reveal()],
  ]);
  return createHash('sha256')
    .update(JSON.stringify([address, namespace, timeoutMs, ca, values]))
    .digest('hex');
}

function readAuthorities(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VaultError('refused', `the authorities of Vault cannot be read: ${path}: ${fileReason(cause)}`, cause);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new VaultError('refused', `the authorities of Vault cannot be read: ${path}: there is no certificate in it`);
  return pem;
}
