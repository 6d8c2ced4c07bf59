import { isObject } from '../../json/json-value.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { isBareReference, referenceOf } from '../../schema/schema-reference.ts';
import type { ApiDocument, SchemaSource } from '../../openapi/model.ts';

const MAX_REFERENCES = 16;

type Resolver = Pick<ApiDocument, 'resolveSchema'>;

/** The schema that stands under the given names below a schema as authored, `$ref` followed on the way; null where nothing does, or where it is composed. */
export function schemaBelow(from: SchemaSource, names: readonly string[], document: Resolver): SchemaSource | null {
  return find(from, names, document, MAX_REFERENCES);
}

function find(source: SchemaSource, names: readonly string[], document: Resolver, left: number): SchemaSource | null {
  const [name, ...rest] = names;
  if (name === undefined) return source;
  const { node } = source;
  if (!isObject(node)) return null;
  const next = Object.hasOwn(node, name) && !isBareReference(source) ? node[name] : undefined;
  const own =
    next === undefined
      ? null
      : find({ ...source, node: next, pointer: joinPointer(source.pointer, name) }, rest, document, left);
  const reference = referenceOf(node);
  if (own !== null || reference === null || left === 0) return own;
  const target = document.resolveSchema(source, reference);
  return target === null ? null : find(target, names, document, left - 1);
}
