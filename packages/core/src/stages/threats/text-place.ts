import { interned } from '../../interned.ts';
import { valueAt } from '../../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import type { SchemaSource } from '../../openapi/model.ts';
import type { SchemaCompiler } from '../../schema/schema-compiler.ts';
import { isTightPattern } from './tight-pattern.ts';

/** Formats whose values have no room for anything else, and that are checked. */
const CONFINING_FORMATS = new Set([
  'date',
  'time',
  'date-time',
  'duration',
  'uuid',
  'email',
  'idn-email',
  'ipv4',
  'ipv6',
  'hostname',
  'byte',
]);
const URI_FORMATS = new Set(['uri', 'uri-reference', 'iri', 'iri-reference', 'url']);
/** A text this short has no room for an injection that does anything. */
const SHORT = 3;
/** Schemas beyond these are not looked at for one place, and what they would say of it is not known. */
const MAX_SCHEMAS = 1_000;
const MAX_STARTS = 256;

/**
 * What the schema says of texts at one place of a value: whether it confines them so that nothing has to be guessed, and whether they are
 * URIs. Where a schema combines others, a text is confined only if each that could accept it confines it.
 */
export class TextPlace {
  /** Why a text here needs no look; null where it is free. */
  readonly confined: string | null;
  readonly uri: boolean;
  /** False where an own schema of the document says nothing of the place: a member nobody declared. */
  readonly declared: boolean;
  readonly #root: JsonValue;
  readonly #starts: readonly JsonValue[];
  readonly #members = new Map<string, TextPlace>();
  #item: TextPlace | null = null;

  constructor(root: JsonValue, starts: readonly JsonValue[], declared = true) {
    this.#root = root;
    this.#starts = starts;
    this.declared = declared;
    this.confined = starts.length === 0 ? null : allOf(starts.map((start) => confinementOf(start, root, new Map())));
    this.uri = starts.some((start) => someSchema(start, root, isUri));
  }

  /** The place of a member by its name; of one that no schema names, by what is said of all others. */
  member(name: string): TextPlace {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const own: JsonValue[] = [];
    const others: JsonValue[] = [];
    for (const start of this.#starts)
      someSchema(start, this.#root, (node) => {
        const properties = node['properties'];
        if (isObject(properties) && Object.hasOwn(properties, name)) own.push(properties[name] as JsonValue);
        else {
          if (isObject(node['patternProperties'])) others.push(...Object.values(node['patternProperties']));
          const rest = node['additionalProperties'] ?? node['unevaluatedProperties'];
          if (rest !== undefined) others.push(rest);
        }
        return own.length + others.length > MAX_STARTS;
      });
    if (own.length === 0) return this.#undeclared(others);
    const place = new TextPlace(this.#root, own);
    // Only names of the document are kept: they are finitely many. Not as the piece of a request that they came in.
    this.#members.set(interned(name), place);
    return place;
  }

  get item(): TextPlace {
    if (this.#item === null) {
      const items: JsonValue[] = [];
      for (const start of this.#starts)
        someSchema(start, this.#root, (node) => {
          if (Array.isArray(node['prefixItems'])) items.push(...(node['prefixItems'] as JsonValue[]));
          if (node['items'] !== undefined) items.push(node['items'] as JsonValue);
          return items.length > MAX_STARTS;
        });
      this.#item = new TextPlace(this.#root, items);
    }
    return this.#item;
  }

  /** Names of the members that the schema declares. */
  names(): readonly string[] {
    const names = new Set<string>();
    for (const start of this.#starts)
      someSchema(start, this.#root, (node) => {
        if (isObject(node['properties'])) for (const name of Object.keys(node['properties'])) names.add(name);
        return false;
      });
    return [...names];
  }

  /** Whether a text could stand here at all, by what is said of types. */
  get holdsText(): boolean {
    return this.#starts.length === 0 || this.#starts.some((start) => allows(start, this.#root, 'string', new Map()));
  }

  get holdsArray(): boolean {
    return this.#starts.some((start) =>
      someSchema(start, this.#root, (node) => node['items'] !== undefined || node['type'] === 'array'),
    );
  }

  #undeclared(starts: readonly JsonValue[]): TextPlace {
    let place = this.#members.get('\u0000');
    if (place === undefined) {
      place = new TextPlace(
        this.#root,
        starts.filter((start) => start !== false),
        false,
      );
      this.#members.set('\u0000', place);
    }
    return place;
  }
}

/** What a schema says of texts in requests; of one that cannot be compiled nothing is known. */
export function compileTextPlace(schema: SchemaSource, schemas: SchemaCompiler): TextPlace {
  let root: JsonValue;
  try {
    root = schemas.normalized(schema, 'request').schema as JsonValue;
  } catch {
    // Whoever calls the operation is refused over it, or it is not checked there; here it is only looked more, not less. Thrown on, also where
    // the rule that needs the schema is off, it would fault every call and end whoever asks what is checked.
    return ANYWHERE;
  }
  return new TextPlace(root, [root]);
}

/** A place of which nothing is known. */
export const ANYWHERE = new TextPlace(true, [], false);

/** What was found of schemas on the way, as several may lead to the same one: of one that is looked at just now, and so leads back to itself, that nothing is known. */
type Found<T> = Map<JsonObject, T>;

function confinementOf(schema: JsonValue, root: JsonValue, found: Found<string | null>): string | null {
  if (schema === false) return 'nothing is allowed';
  if (!isObject(schema)) return null;
  const known = found.get(schema);
  if (known !== undefined) return known;
  found.set(schema, null);
  const confinement =
    found.size > MAX_SCHEMAS ? null : (ownConfinement(schema) ?? confinementBehind(schema, root, found));
  found.set(schema, confinement);
  return confinement;
}

function ownConfinement(schema: JsonObject): string | null {
  if (schema['enum'] !== undefined) return 'an enum';
  if (schema['const'] !== undefined) return 'a constant';
  if (!allowsOwn(schema, 'string')) {
    // The members and items of a structure are places of their own.
    return allowsOwn(schema, 'object') || allowsOwn(schema, 'array') ? 'a structure' : 'no text';
  }
  const { format, maxLength, pattern } = schema as { format?: unknown; maxLength?: unknown; pattern?: unknown };
  if (typeof format === 'string' && CONFINING_FORMATS.has(format)) return `the format ${format}`;
  if (typeof maxLength === 'number' && maxLength <= SHORT) return `at most ${maxLength} characters`;
  return typeof pattern === 'string' && isTightPattern(pattern) ? 'a tight pattern' : null;
}

function confinementBehind(schema: JsonObject, root: JsonValue, found: Found<string | null>): string | null {
  const reference = followed(schema, root);
  for (const one of reference === undefined ? list(schema['allOf']) : [reference, ...list(schema['allOf'])]) {
    const behind = confinementOf(one, root, found);
    if (behind !== null) return behind;
  }
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = list(schema[keyword]);
    if (branches.length === 0) continue;
    const behind = allOf(branches.map((branch) => confinementOf(branch, root, found)));
    if (behind !== null) return behind;
  }
  return null;
}

function allOf(reasons: readonly (string | null)[]): string | null {
  let first: string | null = null;
  for (const reason of reasons) {
    if (reason === null) return null;
    first ??= reason;
  }
  return first;
}

function isUri(node: JsonObject): boolean {
  return typeof node['format'] === 'string' && URI_FORMATS.has(node['format']);
}

function allowsOwn(schema: JsonObject, type: string): boolean {
  const stated = schema['type'];
  if (stated === undefined) return true;
  return Array.isArray(stated) ? stated.includes(type) : stated === type;
}

function allows(schema: JsonValue, root: JsonValue, type: string, found: Found<boolean>): boolean {
  if (!isObject(schema)) return schema !== false;
  const known = found.get(schema);
  if (known !== undefined) return known;
  found.set(schema, true);
  const allowed = found.size > MAX_SCHEMAS || (allowsOwn(schema, type) && allowsBehind(schema, root, type, found));
  found.set(schema, allowed);
  return allowed;
}

function allowsBehind(schema: JsonObject, root: JsonValue, type: string, found: Found<boolean>): boolean {
  const reference = followed(schema, root);
  if (reference !== undefined && !allows(reference, root, type, found)) return false;
  if (list(schema['allOf']).some((one) => !allows(one, root, type, found))) return false;
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = list(schema[keyword]);
    if (branches.length > 0 && !branches.some((branch) => allows(branch, root, type, found))) return false;
  }
  return schema['type'] !== undefined || !(schema['properties'] !== undefined || schema['items'] !== undefined);
}

/** Whether `test` holds of the schema or of one that it refers to or combines, each of which is asked once; a `true` ends the search. */
function someSchema(schema: JsonValue, root: JsonValue, test: (node: JsonObject) => boolean): boolean {
  if (!isObject(schema)) return false;
  const seen = new Set([schema]);
  // What is added meanwhile is visited as well.
  for (const node of seen) {
    if (test(node)) return true;
    if (seen.size > MAX_SCHEMAS) continue;
    for (const next of combined(node, root)) if (isObject(next)) seen.add(next);
  }
  return false;
}

function combined(schema: JsonObject, root: JsonValue): readonly (JsonValue | undefined)[] {
  return [
    followed(schema, root),
    ...['allOf', 'oneOf', 'anyOf'].flatMap((keyword) => list(schema[keyword])),
    ...['if', 'then', 'else'].map((keyword) => schema[keyword]),
  ];
}

function followed(schema: JsonObject, root: JsonValue): JsonValue | undefined {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return undefined;
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  try {
    return valueAt(root, decodeURIComponent(reference.slice(1)));
  } catch {
    return undefined;
  }
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
