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
/** Schemas that are looked at for one place. */
const MAX_SCHEMAS = 1_000;

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
  /** Whether a text could stand here at all, by what is said of types. */
  readonly holdsText: boolean;
  readonly holdsArray: boolean;
  readonly #root: JsonValue;
  /** The schemas of the place, and those that they refer to or combine. */
  readonly #schemas: readonly JsonObject[];
  readonly #members = new Map<string, TextPlace>();
  #names: ReadonlySet<string> | null = null;
  #item: TextPlace | null = null;
  #undeclared: TextPlace | null = null;

  constructor(root: JsonValue, starts: readonly JsonValue[], declared = true) {
    const schemas = schemasBehind(starts, root);
    // Of more schemas than are looked at nothing is known, rather than a part of it.
    const known = schemas === null ? [] : starts;
    this.#root = root;
    this.#schemas = schemas ?? [];
    this.declared = declared;
    this.confined = known.length === 0 ? null : allOf(known.map((start) => confinementOf(start, root, new Map())));
    this.uri = this.#schemas.some(isUri);
    this.holdsText = known.length === 0 || known.some((start) => allows(start, root, 'string', new Map()));
    this.holdsArray = this.#schemas.some(({ items, type }) => items !== undefined || type === 'array');
  }

  /** The place of a member by its name; of one that no schema names, by what is said of all others. */
  member(name: string): TextPlace {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    // A client sends as many names as it likes: those that nobody declares are one place, found once.
    if (!this.#declaredNames.has(name)) return (this.#undeclared ??= this.#placeOfOthers());
    const own = this.#schemas.flatMap(({ properties }) =>
      isObject(properties) && Object.hasOwn(properties, name) ? [properties[name] as JsonValue] : [],
    );
    const place = new TextPlace(this.#root, own);
    // Only names of the document are kept: they are finitely many. Not as the piece of a request that they came in.
    this.#members.set(interned(name), place);
    return place;
  }

  get item(): TextPlace {
    this.#item ??= new TextPlace(
      this.#root,
      this.#schemas.flatMap(({ prefixItems, items }) => [
        ...list(prefixItems),
        ...(items === undefined ? [] : [items]),
      ]),
    );
    return this.#item;
  }

  /** Names of the members that the schema declares. */
  names(): readonly string[] {
    return [...this.#declaredNames];
  }

  get #declaredNames(): ReadonlySet<string> {
    this.#names ??= new Set(
      this.#schemas.flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : [])),
    );
    return this.#names;
  }

  #placeOfOthers(): TextPlace {
    const others = this.#schemas.flatMap(({ patternProperties, additionalProperties, unevaluatedProperties }) => {
      const rest = additionalProperties ?? unevaluatedProperties;
      return [
        ...(isObject(patternProperties) ? Object.values(patternProperties) : []),
        ...(rest === undefined ? [] : [rest]),
      ];
    });
    return new TextPlace(
      this.#root,
      others.filter((one) => one !== false),
      false,
    );
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
  const confinement = ownConfinement(schema) ?? confinementBehind(schema, root, found);
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
  const allowed = allowsOwn(schema, type) && allowsBehind(schema, root, type, found);
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

/** The schemas and those that they refer to or combine, each once; null where they are more than are looked at. */
function schemasBehind(starts: readonly JsonValue[], root: JsonValue): readonly JsonObject[] | null {
  const seen = new Set(starts.filter(isObject));
  // What is added meanwhile is visited as well.
  for (const schema of seen) {
    if (seen.size > MAX_SCHEMAS) return null;
    for (const next of combined(schema, root)) if (isObject(next)) seen.add(next);
  }
  return [...seen];
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
