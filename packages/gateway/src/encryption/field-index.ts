import { oncePer, type EncryptPolicy, type FieldIndexPort } from '@sallyport/core';
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { DataKeyError, idOf, type WrappedKey } from './data-key-file.ts';

const KEY_OF_INDEXES = Buffer.from('sallyport index key');
/** Of 256 bits 128 are kept: no two values of a table have one index, which would show one person another's record. */
const INDEX_BYTES = 16;

/**
 * Makes indexes `si1.VERSION.TAG`: base64url of the first 16 bytes of HMAC-SHA-256 over the JSON text `["si1",FIELD,TEXT]`. Its key is HMAC-SHA-256
 * of "sallyport index key" under the data key of that version, and serves nothing else. `ids` are those of data keys, `NAME.VERSION`; `keyOf` gives null for one that
 * cannot be had just now.
 */
export function createFieldIndex(ids: readonly string[], keyOf: (id: string) => KeyObject | null): FieldIndexPort {
  const indexKey = oncePer((key: KeyObject) =>
    createSecretKey(createHmac('sha256', key).update(KEY_OF_INDEXES).digest()),
  );
  return {
    canIndex: () => ids.every((id) => keyOf(id) !== null),
    indexesOf(text, field) {
      const indexes: string[] = [];
      for (const id of ids) {
        const key = keyOf(id);
        if (key === null) return null;
        const tag = createHmac('sha256', indexKey(key))
          .update(JSON.stringify(['si1', field, text]))
          .digest();
        indexes.push(`si1.${id.slice(id.lastIndexOf('.') + 1)}.${tag.toString('base64url', 0, INDEX_BYTES)}`);
      }
      return indexes;
    },
  };
}

/** Ids of the keys of the file that the policy's indexes are made with; none where it has none. Throws `DataKeyError` where a version is not there. */
export function indexKeysOf(
  { indexes, indexKeys }: Pick<EncryptPolicy, 'indexes' | 'indexKeys'>,
  file: readonly WrappedKey[],
): readonly string[] {
  if (indexes.size === 0) return [];
  return indexKeys.map((version) => {
    const [key, ...others] = file.filter((one) => one.version === version);
    if (key === undefined || others.length > 0)
      throw new DataKeyError(
        `data.encrypt.indexKeys names version ${version} of the data key, and the file has none or several of it: nothing would be found that was stored under it`,
      );
    return idOf(key);
  });
}
