import { isObject } from '../json/json-value.ts';
import {
  below,
  isBareReference,
  listedSchemas,
  mappedSchemas,
  placeOf,
  referenceOf,
} from '../schema/schema-reference.ts';
import type { ApiDocument, SchemaSource } from '../openapi/model.ts';

export interface Member {
  readonly schema: SchemaSource;
  readonly required: boolean;
}

interface Facet {
  readonly source: SchemaSource;
  readonly isSure: boolean;
}

const MAX_SCHEMAS = 10_000;

/** The member at a place of a schema, null where none is declared: one that only some alternatives have, or a condition, is not required. */
export function memberAt(
  document: ApiDocument,
  from: SchemaSource,
  tokens: readonly string[],
  seen: Set<string> = new Set(),
): Member | null {
  const [name, ...rest] = tokens;
  if (name === undefined) return null;
  for (const { source, isSure } of facetsOf(document, from, tokens.length, seen))
    for (const schema of membersOf(source, name)) {
      if (rest.length === 0) return { schema, required: isRequired(document, from, name) };
      const found = memberAt(document, schema, rest, seen);
      if (found === null) continue;
      const required = found.required && isSure && isRequired(document, from, name);
      return { schema: found.schema, required };
    }
  return null;
}

/** Whether a schema knows a member at the place; `*` is any item of a list. */
export function declares(
  document: ApiDocument,
  from: SchemaSource,
  tokens: readonly string[],
  seen: Set<string> = new Set(),
): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  for (const { source } of facetsOf(document, from, tokens.length, seen)) {
    const next = token === '*' ? itemsOf(source) : membersOf(source, token);
    if (next.some((one) => declares(document, one, rest, seen))) return true;
  }
  return false;
}

/** The names of the members that a schema declares at its top and that are a client's to write: one that is `readOnly` wherever it is, or in what always holds, is not. */
export function writableNames(document: ApiDocument, from: SchemaSource): readonly string[] {
  const writable = new Set<string>();
  const readOnly = new Set<string>();
  for (const { source, isSure } of facetsOf(document, from, 1, new Set()))
    for (const [name, schema] of mappedSchemas(source, 'properties'))
      if (!isReadOnly(document, schema)) writable.add(name);
      else if (isSure) readOnly.add(name);
  return [...writable].filter((name) => !readOnly.has(name));
}

function isReadOnly(document: ApiDocument, schema: SchemaSource): boolean {
  for (const { source, isSure } of facetsOf(document, schema, 1, new Set()))
    if (isSure && isObject(source.node) && source.node['readOnly'] === true) return true;
  return false;
}

/** Everything that a schema says of one value: itself, what it refers to and what is in `allOf`; not sure where it is of one alternative among others, or of a condition. */
function* facetsOf(document: ApiDocument, from: SchemaSource, depth: number, seen: Set<string>): Generator<Facet> {
  // An explicit stack: a chain of references may be longer than the call stack is deep.
  const open: Facet[] = [{ source: from, isSure: true }];
  for (let facet = open.pop(); facet !== undefined; facet = open.pop()) {
    const { source, isSure } = facet;
    const key = `${depth} ${placeOf(source)}`;
    if (seen.has(key)) continue;
    if (seen.size > MAX_SCHEMAS) return;
    seen.add(key);
    yield facet;
    const next: Facet[] = [];
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      for (const one of listedSchemas(source, keyword))
        next.push({ source: one, isSure: isSure && keyword === 'allOf' });
    for (const keyword of ['then', 'else'])
      for (const one of childOf(source, keyword)) next.push({ source: one, isSure: false });
    for (const target of referredBy(document, source)) next.push({ source: target, isSure });
    open.push(...next.reverse());
  }
}

function referredBy(document: ApiDocument, source: SchemaSource): readonly SchemaSource[] {
  const reference = referenceOf(source.node);
  const target = reference === null ? null : document.resolveSchema(source, reference);
  return target === null ? [] : [target];
}

function membersOf(source: SchemaSource, name: string): readonly SchemaSource[] {
  return mappedSchemas(source, 'properties').flatMap(([property, schema]) => (property === name ? [schema] : []));
}

function itemsOf(source: SchemaSource): readonly SchemaSource[] {
  return [...childOf(source, 'items'), ...listedSchemas(source, 'prefixItems')];
}

function childOf(source: SchemaSource, keyword: string): readonly SchemaSource[] {
  const { node } = source;
  if (!isObject(node) || isBareReference(source)) return [];
  const child = node[keyword];
  return isObject(child) ? [below(source, child, keyword)] : [];
}

/** Whether what the schema says of everything, in `allOf` too, has the member. */
function isRequired(document: ApiDocument, from: SchemaSource, name: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let source = open.pop(); source !== undefined && seen.size <= MAX_SCHEMAS; source = open.pop()) {
    if (seen.has(placeOf(source))) continue;
    seen.add(placeOf(source));
    if (isObject(source.node) && textsOf(source.node['required']).includes(name)) return true;
    open.push(...referredBy(document, source), ...listedSchemas(source, 'allOf'));
  }
  return false;
}

/** The texts of a keyword that is a text or a list of them. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string');
}
