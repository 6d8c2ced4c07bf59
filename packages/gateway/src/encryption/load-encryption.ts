import type { ConfigurationProblem, FieldCipherPort, Policy } from '@sallyport/core';
import { DataKeyError } from './data-key-file.ts';
import { loadFieldCipher } from './field-cipher.ts';

/** What encrypts fields, where the policy wants that, the files that it was made of, and what is wrong with them. */
export function loadEncryption(policy: Policy): {
  readonly cipher: FieldCipherPort | null;
  readonly files: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
} {
  const encrypt = policy.data?.encrypt ?? null;
  if (encrypt === null) return { cipher: null, files: [], problems: [] };
  const { file, master } = encrypt.keys;
  const files = typeof master === 'string' ? [file, master] : [file];
  try {
    return { cipher: loadFieldCipher(encrypt), files, problems: [] };
  } catch (error) {
    if (!(error instanceof DataKeyError)) throw error;
    const problem = {
      file: policy.file ?? '',
      line: 0,
      column: 0,
      ...policy.locate?.({ file: policy.file ?? '', pointer: '/data/encrypt/keys' }),
      code: 'DATA_ENCRYPT_KEYS',
      path: '/data/encrypt/keys',
      message: error.message,
      hint: 'Make the keys with sallyport data-keys create, or restore them: nothing that was written under a lost key can be read again.',
    };
    return { cipher: null, files, problems: [problem] };
  }
}
