import { isObject, type JsonValue } from '../../json/json-value.ts';
import type { ContentEncoding } from '../../schema/text-content.ts';
import { ARRAY, OBJECT, STRING, type TypeSet } from '../validation/type-guide.ts';
import { both, either, FREE, isSaid, maybe, type PlaceFormula } from './place-formula.ts';
import { type PlaceSchema, UNKNOWN_SCHEMA } from './schema-facts.ts';

/** A member, as far as schemas tell it from others. */
export interface MemberName {
  readonly text: string;
  /** Whether the name matches a pattern of `patternProperties`. */
  matches(pattern: string): boolean;
}

const BEYOND: PlaceFormula = { must: null, may: [UNKNOWN_SCHEMA] };

/**
 * What a schema, with all that it refers to and combines, says of what stands below a value that holds for it. What was found is kept with the
 * schemas, by names that the document has: never by others.
 */
export class SaidBelow {
  readonly #members = new Map<PlaceSchema, Map<string, PlaceFormula>>();
  readonly #others = new Map<PlaceSchema, PlaceFormula>();
  readonly #items = new Map<PlaceSchema, Map<number, PlaceFormula>>();
  readonly #contents = new Map<PlaceSchema, Map<ContentEncoding, PlaceFormula>>();

  ofMember(schema: PlaceSchema, name: MemberName): PlaceFormula {
    const { names, patterns, unknown } = schema.facts;
    if (unknown) return BEYOND;
    if (names.has(name.text)) {
      let members = this.#members.get(schema);
      if (members === undefined) this.#members.set(schema, (members = new Map()));
      return kept(schema, members, name.text, () => this.#member(schema, name));
    }
    if (patterns.size > 0) return this.#member(schema, name);
    return kept(schema, this.#others, schema, () => this.#member(schema, name));
  }

  ofItem(schema: PlaceSchema, index: number): PlaceFormula {
    const { unknown, prefix } = schema.facts;
    if (unknown) return BEYOND;
    let items = this.#items.get(schema);
    if (items === undefined) this.#items.set(schema, (items = new Map()));
    const at = Math.min(index, prefix);
    return kept(schema, items, at, () =>
      this.#below(
        schema,
        ARRAY,
        (one) => ownItem(one, at),
        (one) => this.ofItem(one, at),
      ),
    );
  }

  /** What it says of the JSON in a text that is written so. */
  ofContent(schema: PlaceSchema, encoding: ContentEncoding): PlaceFormula {
    if (schema.facts.unknown) return BEYOND;
    let contents = this.#contents.get(schema);
    if (contents === undefined) this.#contents.set(schema, (contents = new Map()));
    return kept(schema, contents, encoding, () =>
      this.#below(
        schema,
        STRING,
        (one) => ownContent(one, encoding),
        (one) => this.ofContent(one, encoding),
      ),
    );
  }

  #member(schema: PlaceSchema, name: MemberName): PlaceFormula {
    return this.#below(
      schema,
      OBJECT,
      (one) => ownMember(one, name),
      (one) => this.ofMember(one, name),
    );
  }

  /** What holds beside each other in a loop, as chains of it may be longer than the call stack is deep; alternatives nest only so far. */
  #below(
    schema: PlaceSchema,
    kind: TypeSet,
    own: (schema: PlaceSchema) => readonly PlaceFormula[],
    of: (schema: PlaceSchema) => PlaceFormula,
  ): PlaceFormula {
    // Nor are alternatives within each other gone through again and again, once nothing of them is kept.
    if (schema.isExhausted) return BEYOND;
    const said: PlaceFormula[] = [];
    const waiting = new Set([schema]);
    // What is added meanwhile is visited as well.
    for (const one of waiting) {
      if (one.facts.unknown) {
        said.push(BEYOND);
        continue;
      }
      const { conjuncts, unions, asides } = one.parts;
      said.push(...own(one));
      for (const conjunct of conjuncts) waiting.add(conjunct);
      for (const branches of unions) {
        schema.spend(branches.length / 8);
        said.push(either(branches.filter(({ facts }) => (facts.kinds & kind) !== 0).map(of)));
      }
      for (const aside of asides) said.push(maybe(of(aside)));
    }
    const formula = both(said.filter((one) => one !== FREE));
    schema.spend(waiting.size + formula.may.length + (formula.must?.length ?? 0));
    return formula;
  }
}

function ownMember(schema: PlaceSchema, name: MemberName): readonly PlaceFormula[] {
  const { node } = schema;
  if (typeof node === 'boolean') return [];
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = node;
  const said: JsonValue[] = [];
  if (isObject(properties) && Object.hasOwn(properties, name.text)) said.push(properties[name.text] as JsonValue);
  if (isObject(patternProperties))
    for (const [pattern, member] of Object.entries(patternProperties)) if (name.matches(pattern)) said.push(member);
  if (said.length === 0) {
    if (additionalProperties !== undefined) said.push(additionalProperties);
    else if (unevaluatedProperties !== undefined) return [unevaluated(schema, unevaluatedProperties, name)];
  }
  return said.map((one) => isSaid(schema.below(one)));
}

/** Only where nothing beside it could speak of the member, it holds for sure. */
function unevaluated(schema: PlaceSchema, rest: JsonValue, { text }: MemberName): PlaceFormula {
  const { conjuncts, unions, asides } = schema.parts;
  const said = isSaid(schema.below(rest));
  return [...conjuncts, ...unions.flat(), ...asides].some(({ facts }) => facts.speaksOfOthers || facts.names.has(text))
    ? maybe(said)
    : said;
}

function ownContent(schema: PlaceSchema, encoding: ContentEncoding): readonly PlaceFormula[] {
  const content = schema.content(encoding);
  return content === null ? [] : [isSaid(content)];
}

function ownItem(schema: PlaceSchema, index: number): readonly PlaceFormula[] {
  const { node } = schema;
  if (typeof node === 'boolean') return [];
  const { prefixItems, items, contains, unevaluatedItems } = node;
  const said = contains === undefined ? [] : [maybe(isSaid(schema.below(contains)))];
  const first = Array.isArray(prefixItems) ? (prefixItems as readonly JsonValue[])[index] : undefined;
  const own = first ?? items;
  if (own !== undefined) said.push(isSaid(schema.below(own)));
  else if (unevaluatedItems !== undefined) {
    const { conjuncts, unions, asides } = schema.parts;
    const rest = isSaid(schema.below(unevaluatedItems));
    const others = [...conjuncts, ...unions.flat(), ...asides];
    said.push(contains !== undefined || others.some(({ facts }) => facts.speaksOfItems) ? maybe(rest) : rest);
  }
  return said;
}

function kept<Key>(
  schema: PlaceSchema,
  known: Map<Key, PlaceFormula>,
  key: Key,
  make: () => PlaceFormula,
): PlaceFormula {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  if (!schema.isSpent) known.set(key, made);
  return made;
}
