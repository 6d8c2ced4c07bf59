import { isObject } from '../../json/json-value.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import type { ApiDocument, SchemaSource } from '../../openapi/model.ts';

const MAX_REFERENCES = 16;

type Resolver = Pick<ApiDocument, 'resolveSchema'>;

/** The schema that stands under the given names below a schema as authored, `$ref` followed on the way; null where nothing does, or where it is composed. */
export function schemaBelow(from: SchemaSource, names: readonly string[], document: Resolver): SchemaSource | null {
  const target = followed(from, document);
  if (target === null || names.length === 0) return target;
  let node = target.node;
  for (const name of names) {
    if (!isObject(node) || !Object.hasOwn(node, name)) return null;
    const next = node[name];
    if (next === undefined) return null;
    node = next;
  }
  return { ...target, node, pointer: joinPointer(target.pointer, ...names) };
}

function followed(from: SchemaSource, document: Resolver): SchemaSource | null {
  let source: SchemaSource | null = from;
  for (let count = 0; source !== null && count < MAX_REFERENCES; count += 1) {
    const reference = isObject(source.node) ? source.node['$ref'] : undefined;
    if (typeof reference !== 'string') return source;
    source = document.resolveSchema(source, reference);
  }
  return null;
}
