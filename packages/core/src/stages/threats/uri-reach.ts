import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import { URI_FORMATS } from './text-confinement.ts';

/** What stands in one schema without following references. */
interface Scan {
  readonly hasUri: boolean;
  /** Names of the definitions that it refers to. */
  readonly references: readonly string[];
}

interface Step {
  readonly name: string;
  readonly references: readonly string[];
  /** Where it stands among those of which nothing is settled. */
  readonly index: number;
  low: number;
  next: number;
}

/**
 * Whether a schema leads to a URI, by whatever way. What is found of a definition is kept, so that over all schemas of a document each is
 * looked at once (Tarjan 1972), and without the call stack.
 */
export class UriReach {
  readonly #settled = new Map<string, boolean>();

  from(root: JsonValue, defs: JsonObject): boolean {
    const { hasUri, references } = scan(root);
    return hasUri || references.some((name) => this.#reaches(name, defs));
  }

  #reaches(start: string, defs: JsonObject): boolean {
    const entered = new Map<string, Step>();
    const waiting: Step[] = [];
    const path: Step[] = [];
    /** True where a URI was found: all that wait lead to each other, or to those who were on the way here. */
    const enter = (name: string): boolean => {
      const settled = this.#settled.get(name);
      if (settled !== undefined) return settled;
      const from = path.at(-1);
      const before = entered.get(name);
      if (before !== undefined) {
        if (from !== undefined) from.low = Math.min(from.low, before.index);
        return false;
      }
      const { hasUri, references } = scan(Object.hasOwn(defs, name) ? (defs[name] as JsonValue) : false);
      const index = waiting.length;
      const step: Step = { name, references, index, low: index, next: 0 };
      entered.set(name, step);
      waiting.push(step);
      path.push(step);
      return hasUri;
    };
    let found = enter(start);
    for (let step = path.at(-1); step !== undefined && !found; step = path.at(-1)) {
      const reference = step.references[step.next++];
      if (reference !== undefined) {
        found = enter(reference);
        continue;
      }
      path.pop();
      const from = path.at(-1);
      if (from !== undefined) from.low = Math.min(from.low, step.low);
      if (step.low === step.index) for (const { name } of waiting.splice(step.index)) this.#settled.set(name, false);
    }
    for (const { name } of waiting) this.#settled.set(name, true);
    return found;
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
