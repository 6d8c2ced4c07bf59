import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { oncePer } from '../../once-per.ts';
import type { SchemaSource } from '../../openapi/model.ts';
import type { JsonBodyCheck, NormalizedSchema, SchemaCompiler } from '../../schema/schema-compiler.ts';
import { placeOf } from '../../schema/schema-reference.ts';
import { definitionOf } from '../../schema/definition-of.ts';
import { compilePattern, type LinearPattern } from '../../schema/pattern/linear-pattern.ts';
import { contentKey } from './content-key.ts';
import { isSaid, keyOf, type PlaceFormula } from './place-formula.ts';
import { SaidBelow } from './said-below.ts';
import { PlaceSchema, type SchemaIndex } from './schema-facts.ts';
import { ANYWHERE, type PlaceKeeper, TextPlace } from './text-place.ts';
import { UriReach } from './uri-reach.ts';

/** What is spent on places: a base, and so much for each schema of the document. An honest document spends some units a schema. */
const BASE = 200_000;
const PER_SCHEMA = 400;
/** What one request may have worked out once that is spent: kept by nobody, so that no client takes it from another. */
const PER_REQUEST = 20_000;
/** Of JSON in a text, to be taken for what its schema declares: more is looked at as if nothing were known of it. */
const CONTENT_BOUNDS = { maxDepth: 100, maxKeys: 100_000 };
/** References that do nothing but lead on, one after another. */
const MAX_REFERENCES = 100;

/** The schema of what is in texts. */
interface Content {
  /** Where it stands in the document. */
  readonly name: string;
  readonly schema: JsonValue;
  readonly defs: JsonObject;
  readonly check: JsonBodyCheck;
}

/**
 * The places of one document, over all its operations: each is found again by the schemas that it consists of. Schemas can be combined in more ways
 * than there are places for, and a client chooses which; so what is made is charged for. Once all is spent nothing more is kept, and each request
 * has what it needs worked out for itself, so far: a client that spends everything changes nothing for others.
 */
export class DocumentPlaces implements SchemaIndex, PlaceKeeper {
  readonly below = new SaidBelow();
  readonly #byObject = new WeakMap<object, PlaceSchema>();
  readonly #byContent = new Map<string, PlaceSchema>();
  readonly #places = new Map<string, TextPlace>();
  readonly #patterns = new Map<string, LinearPattern>();
  readonly #booleans = { true: new PlaceSchema(1, true, {}, this), false: new PlaceSchema(2, false, {}, this) };
  readonly #schemas: SchemaCompiler;
  readonly #contents = new Map<string, Content | null>();
  readonly #checks = new Map<PlaceSchema, JsonBodyCheck>();
  #made = 2;
  #allowed = BASE;
  #spent = 0;
  #left = 0;

  readonly #uris = new UriReach((schema) => this.#contentAt(schema));

  constructor(schemas: SchemaCompiler) {
    this.#schemas = schemas;
  }

  /** The place of a whole value. */
  root(schema: NormalizedSchema['schema']): TextPlace {
    const node = schema as JsonValue;
    return this.at(isSaid(this.of(node, defsOf(node))), true);
  }

  /** Whether a URI is declared anywhere in a whole value. */
  holdsUri(schema: NormalizedSchema['schema']): boolean {
    const node = schema as JsonValue;
    return this.#uris.from(node, defsOf(node));
  }

  /** Places that were made. */
  get size(): number {
    return this.#places.size;
  }

  at(formula: PlaceFormula, declared: boolean): TextPlace {
    const key = `${declared ? '+' : '-'}${keyOf(formula)}`;
    const known = this.#places.get(key);
    const keeps = !this.isSpent;
    if (known === undefined || !keeps) this.spend(key.length);
    if (known !== undefined) return known;
    const place = new TextPlace(this, formula, declared);
    if (keeps) this.#places.set(key, place);
    return place;
  }

  /** A schema that only refers to another is that one, and small schemas that say the same are one. */
  of(schema: JsonValue, defs: JsonObject): PlaceSchema {
    let node = schema;
    for (let hops = 0; hops < MAX_REFERENCES && isObject(node); hops++) {
      const target = targetOf(node, defs);
      if (target === undefined) break;
      node = target;
    }
    if (!isObject(node)) return node === false ? this.#booleans.false : this.#booleans.true;
    const known = this.#byObject.get(node);
    if (known !== undefined) return known;
    const key = contentKey(node);
    const same = key === null ? undefined : this.#byContent.get(key);
    const made = same ?? new PlaceSchema(++this.#made, node, defs, this);
    if (same === undefined) this.#allowed += PER_SCHEMA;
    if (key !== null) this.#byContent.set(key, made);
    this.#byObject.set(node, made);
    return made;
  }

  content(schema: JsonObject): PlaceSchema | null {
    const content = this.#contentAt(schema);
    if (content === null) return null;
    const made = this.of(content.schema, content.defs);
    this.#checks.set(made, content.check);
    return made;
  }

  holds(schema: PlaceSchema, content: Uint8Array): boolean {
    return this.#checks.get(schema)?.(content).ok === true;
  }

  #contentAt(schema: JsonObject): Content | null {
    const source = this.#schemas.content(schema);
    if (source === null) return null;
    const name = placeOf(source);
    let known = this.#contents.get(name);
    if (known === undefined) this.#contents.set(name, (known = this.#contentOf(name, source)));
    return known;
  }

  /** Of one that cannot be compiled nothing is known: to whoever does not check it, it is an annotation. */
  #contentOf(name: string, source: SchemaSource): Content | null {
    try {
      const schema = this.#schemas.normalized(source, 'request').schema as JsonValue;
      const check = this.#schemas.json(source, 'request', 'as-declared', CONTENT_BOUNDS);
      return { name, schema, defs: defsOf(schema), check };
    } catch {
      return null;
    }
  }

  matches(pattern: string, name: string): boolean {
    let compiled = this.#patterns.get(pattern);
    if (compiled === undefined) this.#patterns.set(pattern, (compiled = compilePattern(pattern)));
    return compiled.test(name);
  }

  /** To be called before the texts of each request, and before a schema is asked: otherwise what the request before had left would be all. */
  beginRequest(): void {
    this.#left = PER_REQUEST;
  }

  spend(units: number): void {
    if (this.isSpent) this.#left -= units;
    else this.#spent += units;
  }

  /** What was spent so far. */
  get spent(): number {
    return this.#spent;
  }

  get isSpent(): boolean {
    return this.#spent >= this.#allowed;
  }

  get isExhausted(): boolean {
    return this.isSpent && this.#left <= 0;
  }
}

/** What is kept for as long as the document's compiler is. */
export const placesOf = oncePer((schemas: SchemaCompiler) => new DocumentPlaces(schemas));

/** What a schema says of the texts in a request. */
export interface SaidOfTexts {
  readonly place: TextPlace;
  /** Whether a URI is declared anywhere in it. */
  readonly hasUris: boolean;
}

/** What a schema says of texts in requests; of one that cannot be compiled nothing is known. */
export function saidOfTexts(schema: SchemaSource, schemas: SchemaCompiler): SaidOfTexts {
  let root: NormalizedSchema['schema'];
  try {
    root = schemas.normalized(schema, 'request').schema;
  } catch {
    // Whoever calls the operation is refused over it, or it is not checked there; here it is only looked more, not less. Thrown on, also where
    // the rule that needs the schema is off, it would fault every call and end whoever asks what is checked.
    return NOTHING_SAID;
  }
  const places = placesOf(schemas);
  places.beginRequest();
  return { place: places.root(root), hasUris: places.holdsUri(root) };
}

export const NOTHING_SAID: SaidOfTexts = { place: ANYWHERE, hasUris: false };

function defsOf(root: JsonValue): JsonObject {
  return isObject(root) && isObject(root['$defs']) ? root['$defs'] : {};
}

function targetOf(node: JsonObject, defs: JsonObject): JsonValue | undefined {
  if (Object.keys(node).some((keyword) => keyword !== '$ref' && keyword !== '$defs')) return undefined;
  return definitionOf(defs, node['$ref']) as JsonValue | undefined;
}
