import { ConfigurationError, type ConfigurationProblem, type Policy } from '@sallyport/core';
import type { Egress } from '../egress/egress.ts';
import type { VaultPool } from '../vault/vault-pool.ts';
import { DataKeyError, idOf, readKeyFile } from './data-key-file.ts';
import { indexKeysOf } from './field-index.ts';
import { createFieldKeys, type FieldKeys, type FieldKeysOptions, type HeldKey } from './field-keys.ts';
import { KeyWrapperError } from './key-wrapper.ts';
import { createMasterWrapper, masterKeyOf, unwrapKey } from './master-key.ts';
import { createWrapper } from './create-wrapper.ts';

/** What encrypts fields, where the policy wants that, the files that it is made of, and what is wrong with them. */
export interface LoadedEncryption {
  readonly files: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
  /** Null where nothing is encrypted. Opens no connection; where there are problems there is nothing to create. */
  create(
    vaults: VaultPool,
    previous: FieldKeys | null,
    tell: NonNullable<FieldKeysOptions['tell']>,
    egress?: Egress,
  ): FieldKeys | null;
}

/** Reads the data keys of the policy. Those under a master key are unwrapped at once; whoever else unwraps them is not asked yet. */
export function loadEncryption(policy: Policy): LoadedEncryption {
  const encrypt = policy.data?.encrypt ?? null;
  if (encrypt === null) return { files: [], problems: [], create: () => null };
  const { file, wrapping } = encrypt.keys;
  const files = wrapping.kind === 'master' && typeof wrapping.master === 'string' ? [file, wrapping.master] : [file];
  try {
    const keys = readKeyFile(file);
    const indexKeys = indexKeysOf(encrypt, keys);
    if (wrapping.kind === 'master') {
      const master = masterKeyOf(wrapping.master);
      const carried = new Map(
        keys.map((key): [string, HeldKey] => [
          idOf(key),
          { wrapped: key.wrapped, key: unwrapKey(master, key), atMs: 0, uses: 0 },
        ]),
      );
      const wrapper = createMasterWrapper(master);
      return { files, problems: [], create: () => createFieldKeys(keys, wrapper, { held: null, carried, indexKeys }) };
    }
    return {
      files,
      problems: [],
      create: (vaults, previous, tell, egress) =>
        createFieldKeys(keys, createWrapper(policy, wrapping, vaults, egress), {
          held: wrapping.held,
          indexKeys,
          carried: previous?.carryOver() ?? new Map<string, HeldKey>(),
          tell,
        }),
    };
  } catch (error) {
    if (!(error instanceof DataKeyError)) throw error;
    return { files, problems: [problemOf(policy, error)], create: () => null };
  }
}

/** Unwraps the keys that are not held yet. Rejects with a `ConfigurationError`; not for what cannot be asked just now where others were held before. */
export async function openEncryption(policy: Policy, keys: FieldKeys | null, isReload: boolean): Promise<void> {
  try {
    await keys?.open(isReload);
  } catch (error) {
    throw error instanceof DataKeyError ? new ConfigurationError([problemOf(policy, error)]) : error;
  }
}

/** Keys that are there and cannot be unwrapped are not to be made anew: what was written under them would be lost. */
function hintFor({ cause }: DataKeyError): string {
  if (!(cause instanceof KeyWrapperError))
    return 'Make the keys with sallyport data-keys create, or restore them: nothing that was written under a lost key can be read again.';
  return cause.kind === 'unavailable'
    ? 'See that it can be reached and that the login there counts, then start again. The data keys are as they were.'
    : 'Let the login unwrap with the key that the data keys were wrapped under, or name that key. Make no new file: what was written under a lost key cannot be read again.';
}

function problemOf(policy: Policy, error: DataKeyError): ConfigurationProblem {
  return {
    file: policy.file ?? '',
    line: 0,
    column: 0,
    ...policy.locate?.({ file: policy.file ?? '', pointer: '/data/encrypt/keys' }),
    code: 'DATA_ENCRYPT_KEYS',
    path: '/data/encrypt/keys',
    message: error.message,
    hint: hintFor(error),
  };
}
