import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { URI_FORMATS } from './text-confinement.ts';

/** What stands in one schema without following references. */
interface Scan {
  readonly hasUri: boolean;
  /** Names of the definitions that it refers to. */
  readonly references: readonly string[];
}

/**
 * Whether a schema leads to a URI, by whatever way. What is found of a definition is kept, so that over all schemas of a document each is
 * looked at once, and without the call stack.
 */
export class UriReach {
  readonly #settled = new Map<string, boolean>();

  from(root: JsonValue, defs: JsonObject): boolean {
    const { hasUri, references } = scan(root);
    return hasUri || references.some((name) => this.#reaches(name, defs));
  }

  #reaches(start: string, defs: JsonObject): boolean {
    const looked = new Set<string>();
    const referring = new Map<string, string[]>();
    /** Those that lead to one: it grows by whoever refers to them. */
    const leading = new Set<string>();
    const open = [start];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (looked.has(name) || this.#settled.has(name)) continue;
      looked.add(name);
      const { hasUri, references } = scan(Object.hasOwn(defs, name) ? (defs[name] as JsonValue) : false);
      if (hasUri || references.some((one) => this.#settled.get(one) === true)) leading.add(name);
      for (const one of references) {
        const known = referring.get(one);
        if (known === undefined) referring.set(one, [name]);
        else known.push(name);
        open.push(one);
      }
    }
    for (const name of leading) for (const one of referring.get(name) ?? []) leading.add(one);
    for (const name of looked) this.#settled.set(name, leading.has(name));
    return this.#settled.get(start) === true;
  }
}

function scan(root: JsonValue): Scan {
  const references = new Set<string>();
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) open.push(item);
    else if (isObject(value)) {
      const { $ref, format } = value;
      if (typeof format === 'string' && URI_FORMATS.has(format)) return { hasUri: true, references: [] };
      if (typeof $ref === 'string') references.add($ref.slice('#/$defs/'.length));
      for (const [keyword, below] of Object.entries(value)) if (value !== root || keyword !== '$defs') open.push(below);
    }
  }
  return { hasUri: false, references: [...references] };
}
