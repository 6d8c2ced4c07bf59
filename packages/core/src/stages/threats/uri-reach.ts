import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { URI_FORMATS } from './text-confinement.ts';

/** A definition that a schema refers to, or the content of a text. */
interface Reference {
  readonly name: string;
  readonly schema: JsonValue;
  readonly defs: JsonObject;
}

/** What stands in one schema without following references. */
interface Scan {
  readonly hasUri: boolean;
  readonly references: readonly Reference[];
}

/** Finds the schema of what is in a text, for a schema that says it is JSON; null where it says nothing of it. */
export type ContentFinder = (schema: JsonObject) => Reference | null;

/**
 * Whether a schema leads to a URI, by whatever way. What is found of a definition is kept, so that over all schemas of a document each is
 * looked at once, and without the call stack.
 */
export class UriReach {
  readonly #contentOf: ContentFinder;
  readonly #settled = new Map<string, boolean>();

  constructor(contentOf: ContentFinder = () => null) {
    this.#contentOf = contentOf;
  }

  from(root: JsonValue, defs: JsonObject): boolean {
    const { hasUri, references } = this.#scan(root, defs);
    return hasUri || references.some((one) => this.#reaches(one));
  }

  #reaches(start: Reference): boolean {
    const looked = new Set<string>();
    const referring = new Map<string, string[]>();
    /** Those that lead to one: it grows by whoever refers to them. */
    const leading = new Set<string>();
    const open = [start];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { name } = next;
      if (looked.has(name) || this.#settled.has(name)) continue;
      looked.add(name);
      const { hasUri, references } = this.#scan(next.schema, next.defs);
      if (hasUri || references.some((one) => this.#settled.get(one.name) === true)) leading.add(name);
      for (const one of references) {
        const known = referring.get(one.name);
        if (known === undefined) referring.set(one.name, [name]);
        else known.push(name);
        open.push(one);
      }
    }
    for (const name of leading) for (const one of referring.get(name) ?? []) leading.add(one);
    for (const name of looked) this.#settled.set(name, leading.has(name));
    return this.#settled.get(start.name) === true;
  }

  #scan(root: JsonValue, defs: JsonObject): Scan {
    const references = new Map<string, Reference>();
    const open: JsonValue[] = [root];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) open.push(item);
      else if (isObject(value)) {
        const { $ref, format } = value;
        if (typeof format === 'string' && URI_FORMATS.has(format)) return { hasUri: true, references: [] };
        if (typeof $ref === 'string') {
          const name = $ref.slice('#/$defs/'.length);
          references.set(name, { name, schema: Object.hasOwn(defs, name) ? (defs[name] as JsonValue) : false, defs });
        }
        const content = value['contentSchema'] === undefined ? null : this.#contentOf(value);
        if (content !== null) references.set(content.name, content);
        for (const [keyword, below] of Object.entries(value))
          if (keyword !== 'contentSchema' && (value !== root || keyword !== '$defs')) open.push(below);
      }
    }
    return { hasUri: false, references: [...references.values()] };
  }
}
