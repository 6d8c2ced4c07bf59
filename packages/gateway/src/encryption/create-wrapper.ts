import type { Policy, WrappingPolicy } from '@sallyport/core';
import type { VaultPool } from '../vault/vault-pool.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { createKmsWrapper } from './kms-wrapper.ts';
import { createMasterWrapper, masterKeyOf } from './master-key.ts';
import { createTransitWrapper } from './transit-wrapper.ts';

/** Whoever the policy has data keys wrapped by. Asks nobody yet. Throws a `DataKeyError` or a `VaultError` where a file that it needs is not there. */
export function createWrapper(
  policy: Policy,
  wrapping: WrappingPolicy,
  vaults: VaultPool,
  egress: Egress = createEgress(),
): KeyWrapper {
  if (wrapping.kind === 'master') return createMasterWrapper(masterKeyOf(wrapping.master));
  if (wrapping.kind === 'aws-kms') return createKmsWrapper(wrapping, egress);
  if (!policy.vault) throw new Error('a policy with data keys of Vault says where that is');
  return createTransitWrapper(wrapping, vaults.take(policy.vault));
}
