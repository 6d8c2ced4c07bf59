import { createSecretKey } from 'node:crypto';
import { isObject, type JsonObject, type WrappingPolicy } from '@sallyport/core';
import { VaultError } from '../vault/vault-error.ts';
import type { VaultShare } from '../vault/vault-pool.ts';
import { KEY_BYTES, type KeyPlace, type KeyWrapper, KeyWrapperError, wrapPlace } from './key-wrapper.ts';

const WRAPPED = /^[a-z]{1,16}:v[0-9]{1,9}:[A-Za-z0-9+/]+={0,2}$/;

/**
 * Wraps data keys under a key of Vault or OpenBao Transit, which never leaves it. A data key is made there, and comes here only to be used.
 * Under a key that is `derived` each data key is bound to its name and version.
 */
export function createTransitWrapper(
  { mount, key: keyName }: Pick<Extract<WrappingPolicy, { kind: 'vault' }>, 'mount' | 'key'>,
  vault: VaultShare,
): KeyWrapper {
  const ask = async (action: string, place: KeyPlace, body: JsonObject, field: string): Promise<string> => {
    // Engines without derivation leave the context unread.
    const context = Buffer.from(wrapPlace(place)).toString('base64');
    let answer: JsonObject;
    try {
      answer = await vault.session.ask('POST', `${mount}/${action}/${keyName}`, { ...body, context });
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      throw new KeyWrapperError(error.kind === 'unavailable' ? 'unavailable' : 'refused', error.message, error);
    }
    const { data } = answer;
    const value = isObject(data ?? null) ? (data as JsonObject)[field] : null;
    if (typeof value !== 'string') throw new KeyWrapperError('unavailable', `the answer has no ${field}`);
    return value;
  };
  const wrappedText = (text: string): string => {
    if (WRAPPED.test(text)) return text;
    throw new KeyWrapperError('unavailable', 'the answer is no wrapped key');
  };
  return {
    name: `Vault Transit key ${mount}/${keyName} at ${vault.session.address}`,
    make: async (place) => wrappedText(await ask('datakey/wrapped', place, { bits: KEY_BYTES * 8 }, 'ciphertext')),
    async unwrap({ wrapped, ...rest }) {
      if (!WRAPPED.test(wrapped))
        throw new KeyWrapperError('refused', 'it was wrapped by somebody else than Vault Transit');
      const bytes = Buffer.from(await ask('decrypt', rest, { ciphertext: wrapped }, 'plaintext'), 'base64');
      try {
        if (bytes.length !== KEY_BYTES) throw new KeyWrapperError('refused', 'what was unwrapped is no data key');
        return { ...rest, key: createSecretKey(bytes) };
      } finally {
        bytes.fill(0);
      }
    },
    rewrap: async ({ wrapped, ...rest }) =>
      wrappedText(await ask('rewrap', rest, { ciphertext: wrapped }, 'ciphertext')),
    close: () => vault.release(),
  };
}
