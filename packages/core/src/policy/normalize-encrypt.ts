import type { EncryptPolicy } from './encrypt-policy.ts';
import type { Selectors } from './data-policy.ts';
import type { encryptShape } from './schema-encrypt.ts';
import type { Read } from './shape.ts';

const CLASS = 'class:';
const PATH = 'path.';

/** Turns `data.encrypt` into the canonical form; `select` sorts what names fields. */
export function normalizeEncrypt(
  authored: Read<typeof encryptShape>,
  select: (fields: readonly string[]) => Selectors,
): EncryptPolicy {
  return {
    fields: select(authored.fields.filter((field) => !field.startsWith(CLASS))),
    classes: new Set(
      authored.fields.filter((field) => field.startsWith(CLASS)).map((field) => field.slice(CLASS.length)),
    ),
    keys: authored.keys,
    record: authored.record.map((source) =>
      source.startsWith(PATH) ? { in: 'path', name: source.slice(PATH.length) } : { in: 'body', name: source },
    ),
    legacy: authored.legacy,
  };
}
