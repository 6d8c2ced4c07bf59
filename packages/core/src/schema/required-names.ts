import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { createSchemaFold } from './fold-schemas.ts';
import type { HiddenProperties, Reached } from './hidden-properties.ts';
import { eachName, joinNames, type NameUnion, namesAmong, namesOf, NO_NAMES } from './name-union.ts';
import {
  below,
  isBareReference,
  listedSchemas,
  placeOf,
  type ReferenceResolver,
  referenceOf,
} from './schema-reference.ts';

/** A name that is required of a value, always or beside another one, and the schema that has it under `required` or `dependentRequired`. */
export interface Demand {
  readonly name: string;
  /** The name beside which it is required. */
  readonly beside?: string;
  readonly place: string;
}

/**
 * What a `required` asks for, as it depends on the way that led to it. What is hidden is not required: the value may become one that has it, or
 * one that has it not. So it is left out of `required`; and where a value with it and one without it could come to different verdicts (in a
 * `oneOf`, a `not`, a condition), both are tried, and one of them has to hold.
 */
export interface Asking {
  /** Names that are left out: hidden by a schema around this one, or maybe by one beside it, or demanded where the kind is known. */
  readonly omit: ReadonlySet<string>;
  /** What a schema around this one has required, of those kinds only that do not hide it. */
  readonly demands: readonly Demand[];
  /** True until either way is taken for granted, so that no schema is tried more than twice. */
  readonly isOpen: boolean;
  /** Whether a value has what schemas from here on hide. Under a `not`, the way in which it holds is the one without. */
  readonly hasHidden: boolean;
}

/** What one schema asks for. */
export interface AskingHere {
  /** For schemas that look at the same value. */
  readonly asking: Asking;
  /** Demands that no part of this schema can hide. */
  readonly demands: readonly Demand[];
  /** For a part of it, by the name that `partsOf` gives it: with the demands that this part alone may hide, without the names that others may. */
  of(part: string): Asking;
  /** Those of `names` that are not hidden. */
  left(names: readonly string[]): string[];
}

export interface RequiredNames {
  /** `isMember`: what surrounds the schema looks at the same value, and has looked through it already. */
  at(source: Reached, asking: Asking, isMember: boolean): AskingHere;
  /** True where one of the alternatives may hold only as a hidden name is there, and another only as it is not: one hidden around them. */
  dependsOnHidden(branches: readonly SchemaSource[], asking: Asking): boolean;
  /** The same of a name that one of the alternatives hides itself. */
  dependsOnOwnHidden(branches: readonly SchemaSource[], asking: Asking): boolean;
  /** True where a schema under a `not` or an `if` may hold or not, as hidden names are there or not: those hidden around it, or also of its own. */
  isUnsure(condition: SchemaSource, asking: Asking, ofItsOwn?: boolean): boolean;
}

const NOTHING: ReadonlySet<string> = new Set();

export const ASKING_WHAT_IS_SHOWN: Asking = { omit: NOTHING, demands: [], isOpen: true, hasHidden: true };

/** For another value inside. */
export function insideOf(asking: Asking): Asking {
  return { ...asking, omit: NOTHING, demands: [] };
}

/** Under a `not`. */
export function negationOf(asking: Asking): Asking {
  return { ...asking, demands: [], hasHidden: !asking.hasHidden };
}

/** For a value that has what schemas around hide, and for one that has it not. */
export function bothWays(asking: Asking): readonly [Asking, Asking] {
  return [
    { ...asking, isOpen: false },
    { ...asking, isOpen: false, omit: NOTHING },
  ];
}

/** For a value that has nothing of what is hidden, around or inside. */
export function withoutHidden(asking: Asking): Asking {
  return { ...asking, isOpen: false, omit: NOTHING, hasHidden: false };
}

/** Makes texts that are the same for the same asking. The lists in it are the same for many schemas, and looked through once. */
export function createAskingKeys(): (asking: Asking) => string {
  const byText = new Map<string, number>();
  const byList = new WeakMap<object, number>();
  const keyOf = (list: object, textOf: () => string): number => {
    const known = byList.get(list);
    if (known !== undefined) return known;
    const text = textOf();
    const key = byText.get(text) ?? byText.size;
    byText.set(text, key);
    byList.set(list, key);
    return key;
  };
  return ({ omit, demands, isOpen, hasHidden }) => {
    const names = keyOf(omit, () => JSON.stringify([...omit].sort()));
    const asked = demands.length === 0 ? '' : keyOf(demands, () => JSON.stringify(demands));
    return `${names} ${asked} ${isOpen} ${hasHidden}`;
  };
}

export function createRequiredNames(document: ReferenceResolver, hidden: HiddenProperties): RequiredNames {
  const referred = (source: SchemaSource): readonly SchemaSource[] => {
    const reference = referenceOf(source.node);
    const found = reference === null ? null : document.resolveSchema(source, reference);
    return found === null ? [] : [found];
  };
  const firmParts = (source: SchemaSource): readonly SchemaSource[] => [
    ...referred(source),
    ...listedSchemas(source, 'allOf'),
  ];
  /** Required of every value of the schema. */
  const firmly = createSchemaFold<NameUnion>({
    parts: firmParts,
    own: (source) => namesOf(requiredBy(source)),
    join: joinNames,
  });
  /** The same beside another name. */
  const firmlyBeside = createSchemaFold<NameUnion>({
    parts: firmParts,
    own: (source) => namesOf(dependentsOf(source).map(([, name]) => name)),
    join: joinNames,
  });
  /** Required by any schema that looks at the same value. */
  const anyhow = createSchemaFold<NameUnion>({
    parts: (source) => [
      ...hidden.partsOf(source).flatMap((part) => part.sources),
      ...(isObject(source.node) && !isBareReference(source)
        ? (['not', 'if'] as const).flatMap((name) => single(source, source.node as JsonObject, name))
        : []),
    ],
    own: (source) => namesOf([...requiredBy(source), ...dependentsOf(source).map(([, name]) => name)]),
    join: joinNames,
  });

  /** What some kinds hide and every value has to have otherwise: asked of each kind, as soon as it is known. */
  function dependingOnKind(source: Reached, omit: ReadonlySet<string>): readonly Demand[] {
    const anywhere = hidden.anywhere(source);
    if (anywhere === NO_NAMES) return [];
    const among = (asked: NameUnion): ReadonlySet<string> =>
      namesAmong(anywhere, new Set([...eachName(asked)].filter((name) => !omit.has(name))));
    const always = among(firmly(source));
    const beside = among(firmlyBeside(source));
    return always.size + beside.size === 0 ? [] : askedFirst(source, always, beside);
  }

  /** The first schema that requires each of the names, and the first that does beside each other name. */
  function askedFirst(
    source: SchemaSource,
    always: ReadonlySet<string>,
    beside: ReadonlySet<string>,
  ): readonly Demand[] {
    const found = new Map<string, Demand>();
    const reached = new Map([[placeOf(source), source]]);
    for (const schema of reached.values()) {
      const place = placeOf(schema);
      for (const name of requiredBy(schema)) if (always.has(name) && !found.has(name)) found.set(name, { name, place });
      for (const [other, name] of beside.size === 0 ? [] : dependentsOf(schema)) {
        const key = JSON.stringify([other, name]);
        if (beside.has(name) && !found.has(key)) found.set(key, { name, beside: other, place });
      }
      if (beside.size === 0 && found.size === always.size) break;
      for (const part of firmParts(schema)) reached.set(placeOf(part), part);
    }
    return [...found.values()];
  }

  /** By part, the names that are asked for and that another part of the schema may hide; under no name those of any part. */
  function hiddenBeside(source: Reached, omit: ReadonlySet<string>): (part: string) => ReadonlySet<string> {
    const anywhere = hidden.anywhere(source);
    if (anywhere === NO_NAMES) return () => NOTHING;
    const all = hidden.partsOf(source);
    const excludes = ['not', 'if'].some((keyword) => Object.hasOwn(source.node as JsonObject, keyword));
    if (all.length + (excludes ? 1 : 0) < 2) return () => NOTHING;
    const asked = new Set([...eachName(anyhow(source))].filter((name) => !omit.has(name)));
    const contested = namesAmong(anywhere, asked);
    if (contested.size === 0) return () => NOTHING;
    const parts = all.map(({ name, sources }) => ({
      name,
      names: new Set(sources.flatMap((schema) => [...namesAmong(hidden.anywhere(schema), contested)])),
    }));
    return (part) => new Set(parts.flatMap(({ name, names }) => (name === part ? [] : [...names])));
  }

  function at(source: Reached, asking: Asking, isMember: boolean): AskingHere {
    const always = hidden.always(source);
    let { omit, demands } = asking;
    if (!isMember && asking.hasHidden) {
      omit = withNames(omit, eachName(always));
      const more = dependingOnKind(source, omit);
      if (more.length > 0) {
        demands = [...demands, ...more];
        omit = withNames(omit, certain(more));
      }
    }
    const beside = asking.hasHidden ? hiddenBeside(source, omit) : () => NOTHING;
    const byPart = share(source, demands, always);
    const plain: Asking = { ...asking, omit, demands: [] };
    return {
      asking: plain,
      demands: byPart.get('') ?? [],
      of: (part) => {
        const own = byPart.get(part);
        const all = withNames(omit, beside(part));
        return own === undefined && all === omit ? plain : { ...plain, omit: all, demands: own ?? [] };
      },
      left: (names) => {
        const shown = new Set(names.filter((name) => !omit.has(name)));
        if (!asking.hasHidden) return [...shown];
        for (const name of namesAmong(hidden.anywhere(source), shown)) shown.delete(name);
        return [...shown];
      },
    };
  }

  /** Demands by the part that alone may hide them, under no name where none does. Where several may, it cannot be told, and they are left out. */
  function share(
    source: Reached,
    demands: readonly Demand[],
    always: NameUnion,
  ): ReadonlyMap<string, readonly Demand[]> {
    const byPart = new Map<string, Demand[]>();
    if (demands.length === 0) return byPart;
    const wanted = new Set(demands.map((demand) => demand.name));
    for (const name of namesAmong(always, wanted)) wanted.delete(name);
    const hiding = new Map<string, string[]>();
    for (const part of hidden.partsOf(source)) {
      const names = new Set(part.sources.flatMap((schema) => [...namesAmong(hidden.anywhere(schema), wanted)]));
      for (const name of names) addTo(hiding, name, part.name);
    }
    for (const demand of demands) {
      if (!wanted.has(demand.name)) continue;
      const [part = '', ...more] = hiding.get(demand.name) ?? [];
      if (more.length === 0 && part !== 'condition') addTo(byPart, part, demand);
    }
    return byPart;
  }

  function dependsOnHidden(branches: readonly SchemaSource[], { omit, demands, isOpen }: Asking): boolean {
    if (!isOpen || omit.size === 0) return false;
    const demanded = new Set(certain(demands));
    const around = new Set([...omit].filter((name) => !demanded.has(name)));
    const isAsked = (branch: SchemaSource, asked: NameUnion): boolean => {
      const names = namesAmong(asked, around);
      return names.size > namesAmong(hidden.always(branch), names).size;
    };
    return (
      branches.some((branch) => isAsked(branch, anyhow(branch))) &&
      !branches.every((branch) => isAsked(branch, firmly(branch)))
    );
  }

  function dependsOnOwnHidden(branches: readonly SchemaSource[], { isOpen, hasHidden }: Asking): boolean {
    if (!isOpen || !hasHidden) return false;
    const own = new Set(branches.flatMap((branch) => [...eachName(hidden.anywhere(branch))]));
    return (
      own.size > 0 &&
      branches.some((branch) => namesAmong(anyhow(branch), own).size > 0) &&
      branches.some((branch) => namesAmong(firmly(branch), own).size === 0)
    );
  }

  function isUnsure(condition: SchemaSource, { omit, isOpen }: Asking, ofItsOwn = false): boolean {
    if (!isOpen) return false;
    const names = ofItsOwn ? withNames(omit, eachName(hidden.anywhere(condition))) : omit;
    return names.size > 0 && namesAmong(anyhow(condition), names).size > 0;
  }

  return { at, dependsOnHidden, dependsOnOwnHidden, isUnsure };
}

/** Names that are required of the value whatever else it has. */
function certain(demands: readonly Demand[]): string[] {
  return demands.flatMap(({ name, beside }) => (beside === undefined ? [name] : []));
}

function addTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

/** The very same set where nothing is added. */
function withNames(names: ReadonlySet<string>, more: Iterable<string>): ReadonlySet<string> {
  let all: Set<string> | null = null;
  for (const name of more) {
    if (names.has(name)) continue;
    all ??= new Set(names);
    all.add(name);
  }
  return all ?? names;
}

function requiredBy(source: SchemaSource): string[] {
  return isObject(source.node) && !isBareReference(source) ? namesIn((source.node as JsonObject)['required']) : [];
}

/** Each name, and those that are required beside it. */
function dependentsOf(source: SchemaSource): [string, string][] {
  if (source.dialect !== 'json-schema-2020-12' || !isObject(source.node)) return [];
  return ['dependentRequired', 'dependencies'].flatMap((keyword) => {
    const map = (source.node as JsonObject)[keyword];
    return isObject(map ?? null)
      ? Object.entries(map as JsonObject).flatMap(([other, list]) =>
          namesIn(list).map((name): [string, string] => [other, name]),
        )
      : [];
  });
}

function namesIn(list: JsonValue | undefined): string[] {
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
}

function single(source: SchemaSource, node: JsonObject, keyword: string): SchemaSource[] {
  return Object.hasOwn(node, keyword) ? [below(source, node[keyword] ?? true, keyword)] : [];
}
