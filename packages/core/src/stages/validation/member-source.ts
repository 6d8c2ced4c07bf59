import { isObject } from '../../json/json-value.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { isBareReference, listedSchemas, placeOf, referenceOf } from '../../schema/schema-reference.ts';
import type { ApiDocument, SchemaSource } from '../../openapi/model.ts';

type Resolver = Pick<ApiDocument, 'resolveSchema'>;

/**
 * The schema that stands under the given names below a schema as authored: there itself, or in what its `$ref` leads to or its `allOf` has; so on each
 * step of the way. Null where nothing does, or several do: to hold a value against one of them would take out what the others declare.
 */
export function schemaBelow(from: SchemaSource, names: readonly string[], document: Resolver): SchemaSource | null {
  const found = find(from, names, document, new Set());
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** `seen`: what was looked through already, for as many names. */
function find(
  source: SchemaSource,
  names: readonly string[],
  document: Resolver,
  seen: Set<string>,
): readonly SchemaSource[] {
  const [name, ...rest] = names;
  if (name === undefined) return [source];
  const key = `${names.length} ${placeOf(source)}`;
  const { node } = source;
  if (!isObject(node) || seen.has(key)) return [];
  seen.add(key);
  const next = Object.hasOwn(node, name) && !isBareReference(source) ? node[name] : undefined;
  const reference = referenceOf(node);
  const target = reference === null ? null : document.resolveSchema(source, reference);
  return [
    ...(next === undefined
      ? []
      : find({ ...source, node: next, pointer: joinPointer(source.pointer, name) }, rest, document, seen)),
    ...(target === null ? [] : find(target, names, document, seen)),
    ...listedSchemas(source, 'allOf').flatMap((member) => find(member, names, document, seen)),
  ];
}
