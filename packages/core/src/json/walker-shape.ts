import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import { isObject } from './json-value.ts';
import { own, type Schema, schemaList, type SchemaObject, UnsupportedShape, type WalkerRoot } from './walker-root.ts';

export const NULL = 1;
export const BOOLEAN = 2;
export const INTEGER = 4;
export const FRACTION = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const NUMBER = INTEGER | FRACTION;
export const EVERY_KIND = 127;

const KIND_OF_TYPE = new Map<unknown, number>([
  ['null', NULL],
  ['boolean', BOOLEAN],
  ['integer', INTEGER],
  ['number', NUMBER],
  ['string', STRING],
  ['array', ARRAY],
  ['object', OBJECT],
]);

/** Keywords that assert nothing. `readOnly` and `writeOnly` are not among them: a document's directions may give them force. */
const ANNOTATIONS = new Set([
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', '$comment', '$schema', '$defs'],
  ...['externalDocs', 'xml', 'contentMediaType', 'contentEncoding', 'contentSchema'],
]);

/** Those that only lead to other schemas. */
const LEADING = new Set(['$ref', 'allOf', 'anyOf', 'oneOf']);

/** Those that ask something beyond what kind a value is of. */
const ASKING = new Set([
  ...['enum', 'const', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'pattern'],
  ...['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
]);

/** `anyOf` or `oneOf`, whose branches are told apart while walking. */
export interface Union {
  readonly one: boolean;
  readonly branches: readonly Schema[];
}

/** Every schema that applies to one value at once: references and `allOf` resolved, booleans gone. */
export interface Shape {
  /** Some schema is `false`. */
  readonly never: boolean;
  /** Those that assert something themselves: what only leads to others is none, so that all that lead to the same have one shape. */
  readonly leaves: readonly SchemaObject[];
  readonly unions: readonly Union[];
}

/** What becomes of the members that no schema names. */
export type RestRule =
  | { readonly act: 'refuse' }
  | { readonly act: 'drop' }
  | { readonly act: 'check'; readonly schemas: readonly Schema[] };

export interface ObjectRules {
  /** Named members, and those only `required` names, with all schemas that apply to each. */
  readonly members: ReadonlyMap<string, readonly Schema[]>;
  readonly required: ReadonlySet<string>;
  /** Those of `members` that `properties` names nowhere. */
  readonly unnamed: ReadonlySet<string>;
  readonly rest: RestRule;
}

/** Resolves references and `allOf` of all `schemas` into one shape. Throws `UnsupportedShape`. */
export function shapeOf(root: WalkerRoot, schemas: readonly Schema[]): Shape {
  const seen = new Set<SchemaObject>();
  const leaves: SchemaObject[] = [];
  const unions: Union[] = [];
  let never = false;
  const visit = (schema: unknown): void => {
    if (schema === true) return;
    if (schema === false) {
      never = true;
      return;
    }
    if (!isObject(schema)) throw new UnsupportedShape('a schema is a boolean or an object');
    if (seen.has(schema)) return;
    root.count();
    checkKeywords(schema, schema === root.schema);
    seen.add(schema);
    if (own(schema, 'type') !== undefined || asksMore(schema)) leaves.push(schema);
    for (const part of root.conjuncts(schema)) visit(part);
    for (const keyword of ['anyOf', 'oneOf']) {
      if (own(schema, keyword) !== undefined)
        unions.push({ one: keyword === 'oneOf', branches: schemaList(schema, keyword) });
    }
  };
  for (const schema of schemas) {
    root.checkAcyclic(schema);
    visit(schema);
  }
  return { never, leaves, unions };
}

/** One shape of all constraints of both; `unions` says which unions are left to tell apart. */
export function shapeWith(base: Shape, added: Shape, unions: readonly Union[]): Shape {
  const all = new Map<readonly Schema[], Union>();
  // `anyOf` and `oneOf` of one schema are different lists, so a list stands for its union.
  for (const union of [...unions, ...added.unions]) all.set(union.branches, union);
  return {
    never: base.never || added.never,
    leaves: [...new Set([...base.leaves, ...added.leaves])],
    unions: [...all.values()],
  };
}

/** Whether a schema asks something itself, its `type` aside. */
export function asksMore(schema: SchemaObject): boolean {
  return Object.keys(schema).some((keyword) => ASKING.has(keyword));
}

function checkKeywords(schema: SchemaObject, isRoot: boolean): void {
  for (const keyword of Object.keys(schema)) {
    const known =
      ANNOTATIONS.has(keyword) ||
      LEADING.has(keyword) ||
      keyword === 'type' ||
      ASKING.has(keyword) ||
      keyword.startsWith('x-') ||
      (isRoot && keyword === '$id');
    if (!known) throw new UnsupportedShape('a keyword that walkers do not know');
  }
}

/** All numbers the leaves give for a keyword. */
export function numbersOf(shape: Shape, keyword: string): number[] {
  const found: number[] = [];
  for (const leaf of shape.leaves) {
    const value = own(leaf, keyword);
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new UnsupportedShape(`${keyword} is a number`);
    found.push(value);
  }
  return found;
}

/** All texts the leaves give for a keyword, each once. */
export function textsOf(shape: Shape, keyword: string): string[] {
  const found = new Set<string>();
  for (const leaf of shape.leaves) {
    const value = own(leaf, keyword);
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new UnsupportedShape(`${keyword} is a text`);
    found.add(value);
  }
  return [...found];
}

/** The kinds of value that `type` lets through, unions left aside. */
export function leafKinds(shape: Shape): number {
  let kinds = shape.never ? 0 : EVERY_KIND;
  for (const leaf of shape.leaves) {
    const type = own(leaf, 'type');
    if (type === undefined) continue;
    let allowed = 0;
    for (const name of Array.isArray(type) ? (type as unknown[]) : [type]) {
      const kind = KIND_OF_TYPE.get(name);
      if (kind === undefined) throw new UnsupportedShape('an unknown type');
      allowed |= kind;
    }
    kinds &= allowed;
  }
  return kinds;
}

/** The scalars that `enum` and `const` leave, or null where neither stands. */
export function scalarsOf(shape: Shape): readonly (string | number | boolean | null)[] | null {
  let left: readonly unknown[] | null = null;
  for (const leaf of shape.leaves) {
    for (const keyword of ['enum', 'const']) {
      const value = own(leaf, keyword);
      if (value === undefined) continue;
      if (keyword === 'enum' && !Array.isArray(value)) throw new UnsupportedShape('enum is a list');
      const allowed: readonly unknown[] = keyword === 'enum' ? (value as unknown[]) : [value];
      if (allowed.some((one) => typeof one === 'object' && one !== null))
        throw new UnsupportedShape('an enum of objects or arrays');
      left = left === null ? [...new Set(allowed)] : left.filter((one) => allowed.includes(one));
    }
  }
  return left as readonly (string | number | boolean | null)[] | null;
}

/** Schemas of the first elements, one list for each, then of all others. */
export function elementsOf(shape: Shape): {
  readonly first: readonly (readonly Schema[])[];
  readonly others: readonly Schema[];
} {
  const prefixes = shape.leaves.map((leaf) => schemaList(leaf, 'prefixItems'));
  const count = Math.max(0, ...prefixes.map((prefix) => prefix.length));
  const at = (index: number): Schema[] => {
    const schemas: Schema[] = [];
    for (const [position, leaf] of shape.leaves.entries()) {
      const prefix = prefixes[position] ?? [];
      const schema = index < prefix.length ? prefix[index] : (own(leaf, 'items') as Schema | undefined);
      if (schema !== undefined) schemas.push(schema);
    }
    return schemas;
  };
  return { first: Array.from({ length: count }, (_, index) => at(index)), others: at(count) };
}

/**
 * What applies to each member. Under `strip` and `refuse` a member is declared when a leaf names it, requires it or has `additionalProperties`
 * as true or a schema, or when no leaf says anything about members (a free-form map).
 */
export function objectRulesOf(shape: Shape, undeclared: UndeclaredMembers): ObjectRules {
  const sources = shape.leaves.map((leaf) => ({
    named: namedMembers(leaf),
    rest: own(leaf, 'additionalProperties') as Schema | undefined,
  }));
  const required = new Set<string>();
  for (const leaf of shape.leaves) for (const name of requiredNames(leaf)) required.add(name);
  const closed = sources.some((source) => source.rest === false);
  const opened = sources.some((source) => source.rest !== undefined && source.rest !== false);
  const freeForm = !closed && !opened && sources.every((source) => source.named === null);
  if (undeclared === 'strip' && closed && opened)
    throw new UnsupportedShape('additionalProperties both open and closed');

  const restSchemas = sources.flatMap((source) =>
    source.rest === undefined || typeof source.rest === 'boolean' ? [] : [source.rest],
  );
  let rest: RestRule = { act: 'check', schemas: restSchemas };
  if (undeclared === 'strip' && !opened && !freeForm) rest = { act: 'drop' };
  else if (closed || (undeclared === 'refuse' && !opened && !freeForm)) rest = { act: 'refuse' };

  const members = new Map<string, readonly Schema[]>();
  for (const name of new Set(sources.flatMap((source) => [...(source.named?.keys() ?? [])]))) {
    const schemas: Schema[] = [];
    for (const source of sources) {
      const schema = source.named?.get(name);
      if (schema !== undefined) schemas.push(schema);
      else if (source.rest !== undefined && source.rest !== true) {
        if (source.rest === false && undeclared === 'strip')
          throw new UnsupportedShape('a member closed here and named there');
        schemas.push(source.rest);
      }
    }
    members.set(name, schemas);
  }
  const unnamed = new Set([...required].filter((name) => !members.has(name)));
  for (const name of unnamed) {
    if (rest.act === 'drop' && closed) throw new UnsupportedShape('a required member that is closed out');
    members.set(name, closed ? [false] : restSchemas);
  }
  return { members, required, unnamed, rest };
}

function namedMembers(leaf: SchemaObject): Map<string, Schema> | null {
  const properties = own(leaf, 'properties');
  if (properties === undefined) return null;
  if (!isObject(properties)) throw new UnsupportedShape('properties is an object');
  return new Map(Object.entries(properties) as [string, Schema][]);
}

function requiredNames(leaf: SchemaObject): readonly string[] {
  const required = own(leaf, 'required');
  if (required === undefined) return [];
  if (!Array.isArray(required) || required.some((name) => typeof name !== 'string'))
    throw new UnsupportedShape('required is a list of names');
  return required as string[];
}
