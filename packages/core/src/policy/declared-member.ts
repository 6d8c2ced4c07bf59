import { isObject } from '../json/json-value.ts';
import {
  below,
  isBareReference,
  listedSchemas,
  mappedSchemas,
  placeOf,
  referenceChain,
} from '../schema/schema-reference.ts';
import type { ApiDocument, SchemaSource } from '../openapi/model.ts';

export interface Member {
  readonly schema: SchemaSource;
  readonly required: boolean;
}

const MAX_SCHEMAS = 10_000;

/** The member at a place of a schema, null where none is declared: of alternatives, one that only some of them have is not required. */
export function memberAt(
  document: ApiDocument,
  from: SchemaSource,
  tokens: readonly string[],
  seen: Set<string>,
): Member | null {
  const [name, ...rest] = tokens;
  if (name === undefined) return null;
  for (const { schema, isSure } of declarations(document, from, name, tokens.length, seen)) {
    if (rest.length === 0) return { schema, required: isRequired(document, from, name, new Set()) };
    const found = memberAt(document, schema, rest, seen);
    if (found === null) continue;
    const required = found.required && isSure && isRequired(document, from, name, new Set());
    return { schema: found.schema, required };
  }
  return null;
}

/** Every schema that is declared for a member; not sure where it is of one alternative among others. */
function* declarations(
  document: ApiDocument,
  from: SchemaSource,
  name: string,
  depth: number,
  seen: Set<string>,
): Generator<{ readonly schema: SchemaSource; readonly isSure: boolean }> {
  for (const source of referenceChain(document, from)) {
    const key = `${depth} ${placeOf(source)}`;
    if (seen.has(key) || seen.size > MAX_SCHEMAS) return;
    seen.add(key);
    for (const [property, schema] of mappedSchemas(source, 'properties'))
      if (property === name) yield { schema, isSure: true };
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const one of listedSchemas(source, keyword))
        for (const { schema, isSure } of declarations(document, one, name, depth, seen))
          yield { schema, isSure: isSure && keyword === 'allOf' };
  }
}

/** The names of every member that a schema declares at its top. */
export function* declaredNames(
  document: ApiDocument,
  from: SchemaSource,
  seen: Set<string> = new Set(),
): Generator<string> {
  for (const source of referenceChain(document, from)) {
    if (seen.has(placeOf(source)) || seen.size > MAX_SCHEMAS) return;
    seen.add(placeOf(source));
    for (const [name] of mappedSchemas(source, 'properties')) yield name;
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const one of listedSchemas(source, keyword)) yield* declaredNames(document, one, seen);
    const { node } = source;
    if (!isObject(node) || isBareReference(source)) continue;
    for (const keyword of ['then', 'else'])
      if (isObject(node[keyword])) yield* declaredNames(document, below(source, node[keyword], keyword), seen);
  }
}

/** Whether what the schema says of everything, in `allOf` too, has the member. */
function isRequired(document: ApiDocument, from: SchemaSource, name: string, seen: Set<string>): boolean {
  for (const source of referenceChain(document, from)) {
    if (seen.has(placeOf(source)) || seen.size > MAX_SCHEMAS) return false;
    seen.add(placeOf(source));
    if (isObject(source.node) && textsOf(source.node['required']).includes(name)) return true;
    if (listedSchemas(source, 'allOf').some((one) => isRequired(document, one, name, seen))) return true;
  }
  return false;
}

/** The texts of a keyword that is a text or a list of them. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string');
}
