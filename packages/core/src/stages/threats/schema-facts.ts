import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { ANY, ARRAY, STRING, TYPE_BITS, type TypeSet, typeOfValue } from '../validation/type-guide.ts';
import { type ContentEncoding, contentEncodingOf, isJsonType, jsonEncodingOf } from '../../schema/text-content.ts';
import { pinsHost } from './pinned-host.ts';
import { textConfinement, URI_FORMATS } from './text-confinement.ts';

/** What a schema, with all that it refers to and combines, says of one value and the names in it. */
export interface SchemaFacts {
  /** What the value can be. */
  readonly kinds: TypeSet;
  /** Why a text needs no look; null where it is free, or cannot be there at all. */
  readonly why: string | null;
  /** Whether any of it says that the value is a URI. */
  readonly uri: boolean;
  /** Whether it names the host of each URI that it lets through. */
  readonly pinned: boolean;
  /** Whether any of it says that the value is a file. */
  readonly file: boolean;
  /** Whether any of it says that a text is JSON, and whether that it is JSON in base64. */
  readonly json: boolean;
  readonly packed: boolean;
  /** In which base64 a text is a file; null where it may be anything else. */
  readonly filed: ContentEncoding | null;
  /** Whether it is written as one that a text could stand for. */
  readonly text: boolean;
  readonly lists: boolean;
  /** Names of `properties`, and patterns of names, anywhere in it. */
  readonly names: ReadonlySet<string>;
  readonly patterns: ReadonlySet<string>;
  /** Whether any of it speaks of members whatever their names, and of items: what stands around it then has nothing unevaluated for sure. */
  readonly speaksOfOthers: boolean;
  readonly speaksOfItems: boolean;
  /** The longest `prefixItems`. */
  readonly prefix: number;
  /** Alternatives within each other. */
  readonly levels: number;
  /** Nothing is known: it leads back to itself for one value, or nests without measure. */
  readonly unknown: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** What is known of a schema of which nothing can be found out: everything is free, and may be a URI. */
const UNKNOWN: SchemaFacts = {
  kinds: ANY,
  why: null,
  uri: true,
  pinned: false,
  file: false,
  json: true,
  packed: true,
  filed: null,
  text: true,
  lists: true,
  names: NONE,
  patterns: NONE,
  speaksOfOthers: true,
  speaksOfItems: true,
  prefix: 0,
  levels: 0,
  unknown: true,
};

/** As many as the schemas of a value may have that is checked. */
const MAX_LEVELS = 200;

/** The schemas that apply to the same value as one that holds them. */
export interface SchemaParts {
  /** They hold as well: the reference, `allOf`. */
  readonly conjuncts: readonly PlaceSchema[];
  /** Of each list at least one holds: `anyOf`, `oneOf`; `then` and `else`, of which an absent one is `true`. */
  readonly unions: readonly (readonly PlaceSchema[])[];
  /** They may hold or not, and so confine nothing: `if`, `dependentSchemas`. */
  readonly asides: readonly PlaceSchema[];
}

const NO_PARTS: SchemaParts = { conjuncts: [], unions: [], asides: [] };

/** Gives each schema its one `PlaceSchema`. */
export interface SchemaIndex {
  /** What `contentSchema` says of the JSON in a text; null where it says nothing. */
  content(schema: JsonObject): PlaceSchema | null;
  /** Whether that holds for some JSON. */
  holds(schema: PlaceSchema, content: Uint8Array): boolean;
  of(schema: JsonValue, defs: JsonObject): PlaceSchema;
  /** What is made of the document is charged for, so that it is bounded whatever clients send. */
  spend(units: number): void;
  readonly isSpent: boolean;
  readonly isExhausted: boolean;
}

/** One schema of the document, and what was found of it; made once, however many places and operations it stands in. */
export class PlaceSchema {
  readonly id: number;
  readonly node: JsonObject | boolean;
  readonly #defs: JsonObject;
  readonly #index: SchemaIndex | null;
  #parts: SchemaParts | null = null;
  #facts: SchemaFacts | null = null;

  constructor(id: number, node: JsonObject | boolean, defs: JsonObject, index: SchemaIndex | null) {
    this.id = id;
    this.node = node;
    this.#defs = defs;
    this.#index = index;
  }

  below(schema: JsonValue): PlaceSchema {
    return this.#index === null ? this : this.#index.of(schema, this.#defs);
  }

  /** What it says itself of the JSON in a text that is written so; null where it says nothing. */
  content(encoding: ContentEncoding): PlaceSchema | null {
    const { node } = this;
    if (typeof node === 'boolean' || node['contentSchema'] === undefined || jsonEncodingOf(node) !== encoding)
      return null;
    return this.#index?.content(node) ?? null;
  }

  /** Whether some JSON is as this says of the content of a text. */
  holds(content: Uint8Array): boolean {
    return this.#index?.holds(this, content) ?? false;
  }

  spend(units: number): void {
    this.#index?.spend(units);
  }

  /** Whether what is found is kept no more, and whether no more is to be found. */
  get isSpent(): boolean {
    return this.#index?.isSpent ?? false;
  }

  get isExhausted(): boolean {
    return this.#index?.isExhausted ?? false;
  }

  get parts(): SchemaParts {
    this.#parts ??= typeof this.node === 'boolean' ? NO_PARTS : this.#partsOf(this.node);
    return this.#parts;
  }

  get facts(): SchemaFacts {
    return this.#facts ?? this.#find();
  }

  #partsOf(node: JsonObject): SchemaParts {
    const each = (schemas: readonly JsonValue[]): PlaceSchema[] => schemas.map((schema) => this.below(schema));
    const { $ref, allOf, anyOf, oneOf, dependentSchemas } = node;
    const conjuncts = each(list(allOf));
    if ($ref !== undefined) conjuncts.unshift(this.below({ $ref }));
    const unions = [list(anyOf), list(oneOf)].filter((branches) => branches.length > 0).map(each);
    const asides = isObject(dependentSchemas) ? each(Object.values(dependentSchemas)) : [];
    if (node['if'] !== undefined) {
      asides.push(this.below(node['if']));
      unions.push(each([node['then'] ?? true, node['else'] ?? true]));
    }
    return { conjuncts, unions, asides };
  }

  /** Those of its parts first. Without the call stack: a chain of references may be longer than that is deep. */
  #find(): SchemaFacts {
    if (this.#index === null) return (this.#facts = UNKNOWN);
    const path: { readonly schema: PlaceSchema; readonly parts: readonly PlaceSchema[]; next: number }[] = [];
    const open = new Set<PlaceSchema>();
    const enter = (schema: PlaceSchema): void => {
      open.add(schema);
      const { conjuncts, unions, asides } = schema.parts;
      path.push({ schema, parts: [...conjuncts, ...unions.flat(), ...asides], next: 0 });
    };
    enter(this);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const part = step.parts[step.next++];
      if (part === undefined) {
        step.schema.#facts ??= step.schema.#join(step.parts.map((one) => one.#facts ?? UNKNOWN));
        open.delete(step.schema);
        path.pop();
      } else if (open.has(part)) step.schema.#facts = UNKNOWN;
      else if (part.#facts === null) enter(part);
    }
    return this.#facts ?? UNKNOWN;
  }

  #join(all: readonly SchemaFacts[]): SchemaFacts {
    const { node } = this;
    this.spend(1 + all.length);
    if (typeof node === 'boolean') return factsOfBoolean(node);
    const { conjuncts, unions } = this.parts;
    const levels = all.reduce((most, one, i) => Math.max(most, one.levels + (i < conjuncts.length ? 0 : 1)), 0);
    if (levels > MAX_LEVELS) return UNKNOWN;
    const held = conjuncts.map(({ facts }) => facts);
    const choices = unions.map((branches) => branches.map(({ facts }) => facts));
    let kinds = ownKinds(node);
    for (const one of held) kinds &= one.kinds;
    for (const branches of choices) kinds &= branches.reduce<TypeSet>((any, one) => any | one.kinds, 0);
    const { properties, patternProperties, prefixItems, items, type, format, pattern } = node;
    const own = (value: JsonValue | undefined): readonly string[] => (isObject(value) ? Object.keys(value) : []);
    const says = (...keywords: readonly string[]): boolean => keywords.some((keyword) => node[keyword] !== undefined);
    return {
      kinds,
      why: textConfinement(node) ?? whyOfAny(held) ?? whyOfAny(choices.map(whyOfAll)),
      uri: (typeof format === 'string' && URI_FORMATS.has(format)) || all.some(({ uri }) => uri),
      pinned:
        (typeof pattern === 'string' && pinsHost(pattern)) ||
        held.some(({ pinned }) => pinned) ||
        choices.some((branches) => branches.every(isPinned)),
      file: format === 'binary' || isMediaOfFile(node['contentMediaType']) || all.some(({ file }) => file),
      json: (isJsonType(node['contentMediaType']) && !isBase64(node)) || all.some(({ json }) => json),
      packed: (isJsonType(node['contentMediaType']) && isBase64(node)) || all.some(({ packed }) => packed),
      filed: filedIn(node) ?? filedInAny(held) ?? filedInAny(choices.map((all) => ({ filed: filedInAll(all) }))),
      text:
        (ownKinds(node) & STRING) !== 0 &&
        (type !== undefined || !says('properties', 'items')) &&
        held.every(({ text }) => text) &&
        choices.every((branches) => branches.some(({ text }) => text)),
      lists:
        items !== undefined ||
        prefixItems !== undefined ||
        (type !== undefined && (ownKinds(node) & ARRAY) !== 0) ||
        all.some(({ lists }) => lists),
      names: this.#union(
        own(properties),
        all.map(({ names }) => names),
      ),
      patterns: this.#union(
        own(patternProperties),
        all.map(({ patterns }) => patterns),
      ),
      speaksOfOthers:
        says('patternProperties', 'additionalProperties', 'unevaluatedProperties') ||
        all.some(({ speaksOfOthers }) => speaksOfOthers),
      speaksOfItems:
        says('prefixItems', 'items', 'contains', 'unevaluatedItems') || all.some(({ speaksOfItems }) => speaksOfItems),
      prefix: all.reduce((most, { prefix }) => Math.max(most, prefix), list(prefixItems).length),
      levels,
      unknown: false,
    };
  }

  /** Most schemas add nothing, and share the set of the one that they are made of. */
  #union(own: readonly string[], sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
    const filled = [...new Set(sets)].filter((set) => set.size > 0);
    const [first = NONE] = filled;
    if (own.length === 0 && filled.length <= 1) return first;
    const names = new Set(own);
    for (const set of filled) for (const name of set) names.add(name);
    this.spend(names.size);
    return names;
  }
}

/** Stands for whatever is not known. */
export const UNKNOWN_SCHEMA = new PlaceSchema(0, true, {}, null);

function factsOfBoolean(node: boolean): SchemaFacts {
  return {
    ...UNKNOWN,
    kinds: node ? ANY : 0,
    why: node ? null : 'nothing is allowed',
    uri: false,
    json: false,
    packed: false,
    text: node,
    lists: false,
    speaksOfOthers: false,
    speaksOfItems: false,
    unknown: false,
  };
}

function ownKinds({ type, enum: values, const: only }: JsonObject): TypeSet {
  const union = (bits: readonly TypeSet[]): TypeSet => bits.reduce<TypeSet>((any, one) => any | one, 0);
  const stated = type === undefined ? ANY : union(namesOf(type).map((name) => TYPE_BITS[name] ?? 0));
  const listed = Array.isArray(values) ? union((values as readonly JsonValue[]).map(typeOfValue)) : ANY;
  return stated & listed & (only === undefined ? ANY : typeOfValue(only));
}

function isMediaOfFile(type: JsonValue | undefined): boolean {
  return typeof type === 'string' && !type.startsWith('text/') && !isJsonType(type);
}

function isBase64(node: JsonObject): boolean {
  const encoding = contentEncodingOf(node);
  return encoding !== null && encoding !== 'none';
}

/** Base64 of what is no text, or of what nothing is said: as `format: byte` is. */
function filedIn(node: JsonObject): ContentEncoding | null {
  const type = node['contentMediaType'];
  if (!isBase64(node) || isJsonType(type) || (type !== undefined && !isMediaOfFile(type))) return null;
  return contentEncodingOf(node);
}

function filedInAny(all: readonly Pick<SchemaFacts, 'filed'>[]): ContentEncoding | null {
  return all.find(({ filed }) => filed !== null)?.filed ?? null;
}

/** Null where one of them leaves a text that is no such file, or none can be one. */
export function filedInAll(all: readonly Pick<SchemaFacts, 'kinds' | 'filed'>[]): ContentEncoding | null {
  const [first = null, ...others] = new Set(all.flatMap(({ kinds, filed }) => ((kinds & STRING) === 0 ? [] : [filed])));
  return others.length === 0 ? first : null;
}

function namesOf(type: JsonValue): readonly string[] {
  return (Array.isArray(type) ? (type as readonly JsonValue[]) : [type]).filter((name) => typeof name === 'string');
}

function whyOfAny(all: readonly (Pick<SchemaFacts, 'why'> | null)[]): string | null {
  return all.find((one) => one !== null && one.why !== null)?.why ?? null;
}

/** Null where one of them leaves a text free, or none can be one. */
export function whyOfAll(all: readonly Pick<SchemaFacts, 'kinds' | 'why'>[]): { readonly why: string } | null {
  let first: string | null = null;
  for (const { kinds, why } of all) {
    if (why === null && (kinds & STRING) !== 0) return null;
    first ??= why;
  }
  return first === null ? null : { why: first };
}

/** Whether no text can be there that leads anywhere but where the schema says. */
export function isPinned({ kinds, why, pinned }: Pick<SchemaFacts, 'kinds' | 'why' | 'pinned'>): boolean {
  return pinned || why !== null || (kinds & STRING) === 0;
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
