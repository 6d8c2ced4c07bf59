import type { NormalizedSchema } from '../../schema/schema-compiler.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { valueAt } from '../../json/json-pointer.ts';

export const STRING = 1;
export const INTEGER = 2;
export const NUMBER = 4;
export const BOOLEAN = 8;
export const NULL = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const SCALAR = STRING | INTEGER | NUMBER | BOOLEAN | NULL;
export const ANY = SCALAR | ARRAY | OBJECT;

/** A set of JSON types, one bit each. */
export type TypeSet = number;

export const TYPE_BITS: Readonly<Record<string, TypeSet>> = {
  string: STRING,
  integer: INTEGER,
  number: NUMBER | INTEGER,
  boolean: BOOLEAN,
  null: NULL,
  array: ARRAY,
  object: OBJECT,
};

/** References are followed this deep; a schema that needs more is taken as one that allows anything. */
const MAX_DEPTH = 32;
/** A cap on what is gathered at one place, against documents whose alternatives multiply. */
const MAX_NODES = 512;

const OBJECT_KEYWORDS = [
  'properties',
  'additionalProperties',
  'patternProperties',
  'required',
  'minProperties',
  'maxProperties',
];
const ARRAY_KEYWORDS = ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'];

/**
 * Which types a schema allows at one place and below it: what a text may be read as. It guides the reading only; whether the
 * value is valid is for the compiled schema to say.
 *
 * A schema without `type` is taken by its other keywords: one with `properties` as an object, one with `items` as an array,
 * any other as a scalar.
 */
export class TypeGuide {
  readonly types: TypeSet;
  /** Names under `properties`, over all alternatives. */
  readonly properties: ReadonlySet<string>;
  /** True where `additionalProperties` or `patternProperties` explicitly admits other names. */
  readonly open: boolean;
  readonly #root: JsonValue;
  readonly #starts: readonly JsonValue[];
  readonly #nodes: readonly JsonObject[];
  /** Names under `required`. */
  readonly #asked: ReadonlySet<string>;
  readonly #members = new Map<string, TypeGuide>();
  #item: TypeGuide | null = null;

  constructor(root: JsonValue, starts: readonly JsonValue[]) {
    this.#root = root;
    this.#starts = starts;
    const nodes: JsonObject[] = [];
    for (const start of starts) gather(start, root, nodes, 0);
    this.#nodes = nodes;
    let types = 0;
    for (const start of starts) types |= typesOf(start, root, 0) ?? 0;
    this.types = types === 0 ? hintedTypes(nodes) : types;
    const properties = new Set<string>();
    const asked = new Set<string>();
    let open = false;
    for (const node of nodes) {
      for (const name of list(own(node, 'required'))) if (typeof name === 'string') asked.add(name);
      if (isObject(node['properties'])) for (const name of Object.keys(node['properties'])) properties.add(name);
      const additional = own(node, 'additionalProperties');
      if (additional === true || isObject(additional) || isObject(node['patternProperties'])) open = true;
    }
    this.properties = properties;
    this.open = open;
    this.#asked = asked;
  }

  /** True for a name that a schema names, or asks for. */
  declares(name: string): boolean {
    return this.properties.has(name) || this.#asked.has(name);
  }

  /** The guide of every item of an array. */
  get item(): TypeGuide {
    if (this.#item === null) {
      const starts = this.#nodes.flatMap((node) => {
        const prefix = node['prefixItems'];
        const items = own(node, 'items');
        return [...(Array.isArray(prefix) ? (prefix as JsonValue[]) : []), ...(items === undefined ? [] : [items])];
      });
      this.#item = new TypeGuide(this.#root, starts);
    }
    return this.#item;
  }

  /** The guide of a member: its own schema, else those of `patternProperties` and `additionalProperties`. */
  property(name: string): TypeGuide {
    // Names that the schema does not know share one guide: a cache keyed by what clients send must not grow.
    const key = this.properties.has(name) ? `=${name}` : '*';
    let guide = this.#members.get(key);
    if (guide === undefined) {
      guide = new TypeGuide(
        this.#root,
        this.#nodes.flatMap((node) => memberSchemas(node, name, key === '*')),
      );
      this.#members.set(key, guide);
    }
    return guide;
  }

  /** Values of a keyword wherever it stands for this place, alternatives included. */
  keyword(name: string): readonly JsonValue[] {
    return this.#nodes.flatMap((node) => {
      const value = own(node, name);
      return value === undefined ? [] : [value];
    });
  }

  /** Values of a keyword of which one holds for whatever stands at this place; null where an alternative says nothing of it. */
  certain(name: string): readonly JsonValue[] | null {
    const all = this.#starts.map((start) => certainIn(start, name, this.#root, 0));
    return all.length === 0 || all.includes(null) ? null : all.flatMap((values) => values ?? []);
  }
}

/** Reads the types out of a normalized schema. */
export function compileTypeGuide(normalized: NormalizedSchema): TypeGuide {
  const schema = normalized.schema as JsonValue;
  return new TypeGuide(schema, [schema]);
}

function own(node: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(node, name) ? node[name] : undefined;
}

function memberSchemas(node: JsonObject, name: string, undeclared: boolean): JsonValue[] {
  const properties = node['properties'];
  if (!undeclared)
    return isObject(properties) && Object.hasOwn(properties, name) ? [properties[name] as JsonValue] : [];
  const patterns = node['patternProperties'];
  const additional = own(node, 'additionalProperties');
  return [...(isObject(patterns) ? Object.values(patterns) : []), ...(additional === undefined ? [] : [additional])];
}

function follow(reference: string, root: JsonValue): JsonValue | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  try {
    return valueAt(root, decodeURIComponent(reference.slice(1)));
  } catch {
    return undefined;
  }
}

/** What a schema says of a keyword itself, by reference or in `allOf`, else what each of its alternatives says. */
function certainIn(schema: JsonValue, name: string, root: JsonValue, depth: number): readonly JsonValue[] | null {
  if (!isObject(schema) || depth > MAX_DEPTH) return null;
  const value = own(schema, name);
  if (value !== undefined) return [value];
  const reference = own(schema, '$ref');
  const target = typeof reference === 'string' ? follow(reference, root) : undefined;
  for (const part of [...(target === undefined ? [] : [target]), ...list(own(schema, 'allOf'))]) {
    const said = certainIn(part, name, root, depth + 1);
    if (said !== null) return said;
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    const said = list(own(schema, keyword)).map((part) => certainIn(part, name, root, depth + 1));
    if (said.length > 0 && !said.includes(null)) return said.flatMap((values) => values ?? []);
  }
  return null;
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** Collects the schemas that may apply at a place: the schema itself and whatever it points to or combines. */
function gather(schema: JsonValue, root: JsonValue, into: JsonObject[], depth: number): void {
  if (!isObject(schema) || depth > MAX_DEPTH || into.length >= MAX_NODES || into.includes(schema)) return;
  into.push(schema);
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const target = follow(reference, root);
    if (target !== undefined) gather(target, root, into, depth + 1);
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const part of list(own(schema, keyword))) gather(part, root, into, depth + 1);
  for (const keyword of ['if', 'then', 'else']) {
    const part = own(schema, keyword);
    if (part !== undefined) gather(part, root, into, depth + 1);
  }
}

/** The types that a schema's assertions leave; null where it says nothing of types. */
function typesOf(schema: JsonValue, root: JsonValue, depth: number): TypeSet | null {
  if (!isObject(schema) || depth > MAX_DEPTH) return null;
  let types: TypeSet | null = null;
  const narrow = (more: TypeSet | null) => {
    if (more !== null) types = types === null ? more : types & more;
  };
  const type = own(schema, 'type');
  if (typeof type === 'string') narrow(TYPE_BITS[type] ?? null);
  else if (Array.isArray(type)) narrow(type.reduce<TypeSet>((all, one) => all | (TYPE_BITS[String(one)] ?? 0), 0));
  const values = own(schema, 'enum');
  if (Array.isArray(values)) narrow(values.reduce<TypeSet>((all, value) => all | typeOfValue(value as JsonValue), 0));
  const constant = own(schema, 'const');
  if (constant !== undefined) narrow(typeOfValue(constant));
  const reference = own(schema, '$ref');
  if (typeof reference === 'string') {
    const target = follow(reference, root);
    if (target !== undefined) narrow(typesOf(target, root, depth + 1));
  }
  for (const part of list(own(schema, 'allOf'))) narrow(typesOf(part, root, depth + 1));
  for (const keyword of ['anyOf', 'oneOf']) {
    const alternatives = list(own(schema, keyword));
    if (alternatives.length === 0) continue;
    let union: TypeSet | null = 0;
    for (const alternative of alternatives) {
      const one = alternative === false ? 0 : typesOf(alternative, root, depth + 1);
      union = one === null || union === null ? null : union | one;
    }
    narrow(union);
  }
  return types;
}

export function typeOfValue(value: JsonValue): TypeSet {
  if (value === null) return NULL;
  if (Array.isArray(value)) return ARRAY;
  if (typeof value === 'number') return Number.isInteger(value) ? INTEGER | NUMBER : NUMBER;
  return TYPE_BITS[typeof value] ?? 0;
}

function hintedTypes(nodes: readonly JsonObject[]): TypeSet {
  let types = 0;
  for (const node of nodes) {
    if (OBJECT_KEYWORDS.some((keyword) => Object.hasOwn(node, keyword))) types |= OBJECT;
    if (ARRAY_KEYWORDS.some((keyword) => Object.hasOwn(node, keyword))) types |= ARRAY;
  }
  return types === 0 ? SCALAR : types;
}
