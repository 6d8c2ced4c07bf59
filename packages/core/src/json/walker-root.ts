import { parsePointer } from './json-pointer.ts';
import { isObject } from './json-value.ts';

/** A schema as it stands in a normalized document. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

export type SchemaObject = Exclude<Schema, boolean>;

/** Thrown while compiling for what walkers do not do; the compile then gives null. */
export class UnsupportedShape extends Error {
  override readonly name: string = 'UnsupportedShape';
}

/** Thrown where writing a walker takes more than it is worth. Parts of what it reaches may have walkers of their own all the same. */
export class WalkerTooLarge extends UnsupportedShape {
  override readonly name = 'WalkerTooLarge';
}

/** Schemas looked at to write one walker. Real documents stay far below; one that takes more would keep whoever compiles it from everything else. */
const MAX_STEPS = 100_000;

/** The self-contained schema that one walker is written for: where its references lead, and what is known of its parts already. */
export class WalkerRoot {
  readonly schema: Schema;
  readonly #definitions: unknown;
  readonly #sharesFunctions: boolean;
  readonly #targets = new Map<string, Schema>();
  readonly #acyclic = new Set<SchemaObject>();
  #steps = 0;

  /** `sharesFunctions`: what is written for it serves other roots with the same definitions too. */
  constructor(schema: Schema, sharesFunctions: boolean) {
    this.schema = schema;
    this.#sharesFunctions = sharesFunctions;
    this.#definitions = isObject(schema) ? own(schema, '$defs') : undefined;
  }

  /** Counts work that grows with the schema. Throws `WalkerTooLarge` where it gets too much. */
  count(steps = 1): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new WalkerTooLarge('takes too many steps to compile');
  }

  /** What applies to the same value: the reference, then `allOf`. */
  conjuncts(schema: SchemaObject): readonly Schema[] {
    const ref = own(schema, '$ref');
    return ref === undefined ? schemaList(schema, 'allOf') : [this.#resolve(ref), ...schemaList(schema, 'allOf')];
  }

  /** Refuses a schema that applies itself to the same value, by whatever way: walking it would never end. Each part is looked at once for all that lead to it. */
  checkAcyclic(schema: unknown, above = new Set<SchemaObject>()): void {
    if (!isObject(schema) || this.#acyclic.has(schema)) return;
    if (above.has(schema)) throw new UnsupportedShape('a schema that contains itself in place');
    this.count();
    above.add(schema);
    for (const part of [...this.conjuncts(schema), ...schemaList(schema, 'anyOf'), ...schemaList(schema, 'oneOf')])
      this.checkAcyclic(part, above);
    above.delete(schema);
    this.#acyclic.add(schema);
  }

  #resolve(ref: unknown): Schema {
    if (ref === '#' && this.#sharesFunctions)
      throw new UnsupportedShape('a reference that leads elsewhere in each root');
    if (ref === '#') return this.schema;
    if (typeof ref !== 'string') throw new UnsupportedShape('a reference elsewhere');
    const target = this.#targets.get(ref) ?? this.#find(ref);
    this.#targets.set(ref, target);
    return target;
  }

  #find(ref: string): Schema {
    if (!ref.startsWith('#/$defs/')) throw new UnsupportedShape('a reference elsewhere');
    let tokens: string[];
    try {
      tokens = parsePointer(decodeURIComponent(ref.slice(1)));
    } catch {
      throw new UnsupportedShape('a reference that is no pointer');
    }
    const name = tokens[1];
    if (tokens.length !== 2 || name === undefined || !isObject(this.#definitions))
      throw new UnsupportedShape('a reference elsewhere');
    const target = own(this.#definitions, name);
    if (typeof target !== 'boolean' && !isObject(target)) throw new UnsupportedShape('a reference to no schema');
    return target;
  }
}

/** An own keyword's value; never an inherited one, whatever the document calls its members. */
export function own(schema: SchemaObject, keyword: string): unknown {
  return Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
}

export function schemaList(schema: SchemaObject, keyword: string): readonly Schema[] {
  const list = own(schema, keyword);
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new UnsupportedShape(`${keyword} is a list`);
  return list as readonly Schema[];
}
