import {
  EditableJson,
  type FieldCipherPort,
  type FieldIndex,
  type FieldIndexPort,
  foldCase,
  indexedText,
} from '@sallyport/core';

/** How a row of stored data is rewrapped. */
export interface RewrapRules {
  /** Columns that are looked at, with the field that each holds: the property's name. Others stay as they are, byte for byte. */
  readonly columns: ReadonlyMap<string, string>;
  /** The column with the record's id; null where fields are bound to their name alone. */
  readonly record: string | null;
  /** Whether values in clear are encrypted; they are left as they are otherwise. */
  readonly encryptsClear: boolean;
  /** Fields that have an index, by name, case folded, with the column that it goes into. */
  readonly indexes: ReadonlyMap<string, { readonly column: string; readonly index: FieldIndex }>;
}

/** What values are written with. */
export interface RewrapPorts {
  readonly cipher: FieldCipherPort;
  /** Null where no field has an index. */
  readonly index: FieldIndexPort | null;
}

/**
 * Writes the encrypted values of a row, a JSON object, anew under the key that is written under now, and their indexes. A null stays one. Throws for what is no
 * object, and for a value that does not open, naming its column: a row is never written with some of its values lost.
 */
export function rewrapRow(text: string, rules: RewrapRules, { cipher, index }: RewrapPorts, nowMs: number): string {
  const row = EditableJson.parse(Buffer.from(text));
  const members = row?.root.members ?? null;
  if (row === null || members === null) throw new Error('no JSON object');
  const idOf = (name: string): string | null => {
    const node = members.get(name);
    if (node?.kind === 'string') return row.value(node) as string;
    return node?.kind === 'number' ? row.raw(node) : null;
  };
  const record = rules.record === null ? null : idOf(rules.record);
  for (const [column, property] of rules.columns) {
    const node = members.get(column);
    if (node === undefined) continue;
    const field = foldCase(property);
    const indexed = rules.indexes.get(field);
    if (node.kind === 'null') {
      if (indexed !== undefined) row.set(row.root, indexed.column, null);
      continue;
    }
    const value = node.kind === 'string' ? (row.value(node) as string) : null;
    const sealed = value?.startsWith('sp1.') === true ? value : null;
    if (sealed === null && !rules.encryptsClear) continue;
    if (rules.record !== null && (record === null || record === ''))
      throw new Error(`${column}: the row has no id in ${rules.record}`);
    const place = { field, record };
    const opened = sealed === null ? null : cipher.open(sealed, place);
    if (opened?.ok === false) throw new Error(`${column}: the value does not open (${opened.reason})`);
    if (!cipher.canSeal(nowMs)) throw new Error(`${column}: the key to write under cannot be had just now`);
    const raw = opened === null ? row.raw(node) : opened.text;
    row.replace(node, cipher.seal(raw, place, nowMs));
    if (indexed === undefined) continue;
    const normal = indexedText(raw, indexed.index);
    const indexes = normal === null ? [null] : (index?.indexesOf(normal, field) ?? null);
    if (indexes === null) throw new Error(`${column}: there is no key to make its index with`);
    row.set(row.root, indexed.column, indexes[0] ?? null);
  }
  return Buffer.from(row.bytes()).toString('utf8');
}
