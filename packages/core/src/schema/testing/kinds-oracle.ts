import { isObject, type JsonObject } from '../../json/json-value.ts';

/**
 * What a document of parents and kinds means, said plainly and slowly: every way to choose a kind at each place is gone through, with all that
 * is required and hidden on that way. A value holds where a way holds for it; where `oneOf` chooses, only ways of one alternative may.
 */
export interface KindsOracle {
  holds(name: string, value: JsonObject): boolean;
}

interface Way {
  readonly required: readonly string[];
  readonly hidden: readonly string[];
  /** The values that the property `kind` may have; undefined is its absence. */
  readonly kinds: readonly (readonly (string | undefined)[])[];
  /** Which alternative of which `oneOf` was taken. */
  readonly taken: readonly (readonly [JsonObject, number])[];
}

const EMPTY: Way = { required: [], hidden: [], kinds: [], taken: [] };

/** For schemas under `components` of one document, whose discriminators are all called `kind`. */
export function createKindsOracle(named: JsonObject, mark: 'readOnly' | 'writeOnly'): KindsOracle {
  const listOf = (node: JsonObject, keyword: string): JsonObject[] => (node[keyword] ?? []) as unknown as JsonObject[];
  const target = (node: JsonObject): JsonObject | null =>
    typeof node['$ref'] === 'string' ? (named[node['$ref'].split('/').at(-1) ?? ''] as JsonObject) : null;
  const bases = (node: JsonObject): JsonObject[] => {
    const referred = target(node);
    return referred === null ? listOf(node, 'allOf') : [referred];
  };

  function lineOf(kinds: readonly JsonObject[]): Set<JsonObject> {
    const line = new Set(kinds);
    for (const node of line) for (const base of bases(node)) line.add(base);
    return line;
  }

  function childrenOf(parent: JsonObject): [JsonObject, string[]][] {
    const discriminator = parent['discriminator'] as JsonObject | undefined;
    if (discriminator === undefined) return [];
    const mapping = Object.entries((discriminator['mapping'] ?? {}) as Record<string, string>);
    return Object.entries(named).flatMap(([name, node]): [JsonObject, string[]][] => {
      if (node === parent) return [];
      const mapped = mapping.filter(([, to]) => to === name).map(([from]) => from);
      if (mapped.length > 0) return [[node as JsonObject, mapped]];
      if (!lineOf([node as JsonObject]).has(parent)) return [];
      return [[node as JsonObject, [name]]];
    });
  }

  function kindsOf(parent: JsonObject): JsonObject[] {
    const listed = [...listOf(parent, 'oneOf'), ...listOf(parent, 'anyOf')];
    return listed.length > 0 ? listed : childrenOf(parent).map(([child]) => child);
  }

  function choices(parent: JsonObject): Way[] {
    const discriminator = parent['discriminator'] as JsonObject | undefined;
    for (const keyword of ['oneOf', 'anyOf'])
      if (parent[keyword] !== undefined)
        return listOf(parent, keyword).flatMap((branch, i) => {
          const name = (branch['$ref'] as string).split('/').at(-1) ?? '';
          const mapping = Object.entries((discriminator?.['mapping'] ?? {}) as Record<string, string>);
          const mapped = mapping.filter(([, to]) => to === name).map(([from]) => from);
          const chosen: Way = {
            ...EMPTY,
            kinds: discriminator === undefined ? [] : [mapped.length > 0 ? mapped : [name]],
            taken: keyword === 'oneOf' ? [[parent, i]] : [],
          };
          return both([chosen], waysOf(branch, false));
        });
    const children = childrenOf(parent);
    if (children.length === 0) return [EMPTY];
    const own = Object.keys(named).find((name) => named[name] === parent);
    const ownNames = Object.entries((discriminator?.['mapping'] ?? {}) as Record<string, string>)
      .filter(([, to]) => to === own)
      .map(([from]) => from);
    return [
      { ...EMPTY, kinds: [[...(ownNames.length > 0 ? ownNames : [own]), undefined]] },
      ...children.flatMap(([child, names]) => both([{ ...EMPTY, kinds: [names] }], waysOf(child, false))),
    ];
  }

  function waysOf(node: JsonObject, decided: boolean): Way[] {
    const referred = target(node);
    if (referred !== null) return waysOf(referred, decided || lineOf(kindsOf(referred)).has(node));
    const properties = Object.entries((node['properties'] ?? {}) as JsonObject);
    let ways: Way[] = [
      {
        ...EMPTY,
        required: (node['required'] ?? []) as unknown as string[],
        hidden: properties.flatMap(([name, property]) => (isObject(property) && property[mark] === true ? [name] : [])),
      },
    ];
    for (const member of listOf(node, 'allOf')) ways = both(ways, waysOf(member, false));
    return decided ? ways : both(ways, choices(node));
  }

  return {
    holds(name, value) {
      const holding = waysOf(named[name] as JsonObject, false).filter(
        (way) =>
          way.required.every((property) => Object.hasOwn(value, property) || way.hidden.includes(property)) &&
          way.hidden.every((property) => !Object.hasOwn(value, property)) &&
          way.kinds.every((kinds) => kinds.includes(value['kind'] as string | undefined)),
      );
      const taken = new Map<JsonObject, Set<number>>();
      for (const [parent, branch] of holding.flatMap((way) => way.taken))
        taken.set(parent, (taken.get(parent) ?? new Set()).add(branch));
      return holding.length > 0 && [...taken.values()].every((branches) => branches.size === 1);
    },
  };
}

function both(some: readonly Way[], others: readonly Way[]): Way[] {
  return some.flatMap((a) =>
    others.map((b) => ({
      required: [...a.required, ...b.required],
      hidden: [...a.hidden, ...b.hidden],
      kinds: [...a.kinds, ...b.kinds],
      taken: [...a.taken, ...b.taken],
    })),
  );
}
