import { isObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import {
  listedSchemas,
  mappedSchemas,
  placeOf,
  type ReferenceResolver,
  referenceChain,
  referenceOf,
} from './schema-reference.ts';
import { createDiscriminatorReader, type Discriminator } from './read-discriminator.ts';
import { createSchemaExtensions } from './schema-extensions.ts';

/** One schema that a discriminator can choose, and the values of its property that choose it. */
export interface DiscriminatorBranch {
  readonly source: SchemaSource;
  readonly names: readonly string[];
  /** Chosen as well where the property is absent, or names no schema (OpenAPI 3.2, `defaultMapping`). */
  readonly isDefault: boolean;
}

/** What a schema can choose its kinds by. */
export type KindChoice = 'oneOf' | 'anyOf' | 'discriminator';

/** What a document says about schemas that stand for several others. */
export interface DiscriminatorIndex {
  /** The property that a schema's discriminator looks at. */
  propertyOf(source: SchemaSource): string | null;
  /** The branches of `oneOf` or `anyOf` by name; null where two claim the same name, or none has one: then the discriminator cannot decide. */
  branches(source: SchemaSource, keyword: 'oneOf' | 'anyOf'): readonly DiscriminatorBranch[] | null;
  /**
   * Without `oneOf` and `anyOf`: the named schemas that extend this one through `allOf`, and those that its mapping names, but for itself. Those
   * whose name is mapped to another have none. None at all where two claim the same name.
   */
  children(source: SchemaSource): readonly DiscriminatorBranch[];
  /** True where `child` reaches `parent` through `allOf` and `parent` offers `child` as one of its kinds: to go back in would not end. */
  isKindOf(child: SchemaSource, parent: SchemaSource): boolean;
  /** True where a choice offers kinds of the schema that it stands in: of the one around, where that is a member of `allOf` written out there. */
  offersKinds(source: SchemaSource, choice: KindChoice): boolean;
  /**
   * The values that choose the schema itself, or the one around such a member, among those that extend it: mapped names, else its own; and the
   * constants that it allows itself and no kind has.
   */
  ownNames(source: SchemaSource): readonly string[];
  /** True where the schema itself, and none that extends it, is chosen by whatever names no kind. */
  isOwnDefault(source: SchemaSource): boolean;
}

const CHOICES: readonly KindChoice[] = ['oneOf', 'anyOf', 'discriminator'];
const NOTHING: ReadonlySet<string> = new Set();

export function createDiscriminatorIndex(document: ReferenceResolver): DiscriminatorIndex {
  const childrenByPlace = new Map<string, readonly DiscriminatorBranch[]>();
  const lineByChoice = new Map<string, ReadonlySet<string>>();
  const linesByParent = new Map<string, readonly ReadonlySet<string>[]>();
  const { reachedFrom, extensionsOf } = createSchemaExtensions(document);
  const discriminator = createDiscriminatorReader(document);

  /** The schema around a member of `allOf`, else the schema itself. */
  function aroundOf(source: SchemaSource): SchemaSource {
    const pointer = pointerAround(source);
    return pointer === source.pointer ? source : (document.resolveSchema(source, `#${encodeURI(pointer)}`) ?? source);
  }

  function target(source: SchemaSource): SchemaSource {
    let last = source;
    for (const schema of referenceChain(document, source)) last = schema;
    return last;
  }

  function placeOfFallback({ fallback }: Discriminator): string | null {
    return fallback === null ? null : placeOf(target(fallback));
  }

  function branches(source: SchemaSource, keyword: 'oneOf' | 'anyOf'): readonly DiscriminatorBranch[] | null {
    const found = discriminator(source);
    if (found === null) return null;
    const namesByPlace = new Map<string, string[]>();
    for (const [name, schema] of found.mapping) {
      const place = placeOf(target(schema));
      const names = namesByPlace.get(place);
      if (names === undefined) namesByPlace.set(place, [name]);
      else names.push(name);
    }
    const members = listedSchemas(source, keyword).map((member) => {
      const explicit = namesByPlace.get(placeOf(target(member))) ?? [];
      const reference = referenceOf(member.node);
      const implicit = reference === null ? null : lastToken(reference);
      return { source: member, explicit, implicit, constants: constants(member, found.property) };
    });
    const fallback = placeOfFallback(found);
    const named = members.map(({ source: member, explicit, implicit, constants: own }): DiscriminatorBranch => {
      const isDefault = placeOf(target(member)) === fallback;
      if (explicit.length > 0) return { source: member, names: explicit, isDefault };
      // A schema whose property cannot have its implicit name goes by the values that it can have.
      if (own.length > 0 && (implicit === null || !own.includes(implicit)))
        return { source: member, names: own, isDefault };
      return { source: member, names: implicit === null ? [] : [implicit], isDefault };
    });
    const names = named.flatMap((branch) => branch.names);
    return names.length === 0 || new Set(names).size !== names.length ? null : named;
  }

  /** The strings that a schema allows for a property through `const` or `enum`, itself or by what it is made of but for the places in `except`. */
  function constants(source: SchemaSource, property: string, except = NOTHING): readonly string[] {
    const seen = new Set<string>();
    const open = [source];
    for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
      const place = placeOf(schema);
      if (seen.has(place) || (schema !== source && except.has(place))) continue;
      seen.add(place);
      for (const [name, member] of mappedSchemas(schema, 'properties')) {
        if (name !== property) continue;
        const node = target(member).node;
        if (!isObject(node)) continue;
        const values: readonly JsonValue[] =
          typeof node['const'] === 'string' ? [node['const']] : Array.isArray(node['enum']) ? node['enum'] : [];
        const texts = values.filter((value): value is string => typeof value === 'string');
        if (texts.length > 0) return texts;
      }
      // What it extends comes before what it refers to.
      const reference = referenceOf(schema.node);
      const referred = reference === null ? null : document.resolveSchema(schema, reference);
      if (referred !== null) open.push(referred);
      open.push(...listedSchemas(schema, 'allOf').reverse());
    }
    return [];
  }

  function children(source: SchemaSource): readonly DiscriminatorBranch[] {
    const place = placeOf(source);
    const before = childrenByPlace.get(place);
    if (before !== undefined) return before;
    const found = discriminator(source);
    const hasAlternatives = (['oneOf', 'anyOf'] as const).some((keyword) => listedSchemas(source, keyword).length > 0);
    const all = found === null || hasAlternatives ? [] : childrenOf(source, found);
    const names = all.flatMap((branch) => branch.names);
    const decided = new Set(names).size === names.length ? all : [];
    childrenByPlace.set(place, decided);
    return decided;
  }

  function childrenOf(source: SchemaSource, found: Discriminator): readonly DiscriminatorBranch[] {
    const itself = placeAround(source);
    const byPlace = new Map<string, { source: SchemaSource; names: string[] }>();
    for (const [name, schema] of found.mapping) {
      const kind = target(schema);
      const known = byPlace.get(placeOf(kind));
      // A kind with a discriminator of its own often maps its own names: it is not below itself, which would never end.
      if (placeOf(kind) === itself) continue;
      if (known === undefined) byPlace.set(placeOf(kind), { source: kind, names: [name] });
      else known.names.push(name);
    }
    const allExtending = extensionsOf(source);
    // The kind of what names none need not extend it, as one that is mapped need not.
    if (found.fallback !== null) {
      const kind = target(found.fallback);
      const place = placeOf(kind);
      if (place !== itself && !byPlace.has(place) && !allExtending.some(([, schema]) => placeOf(schema) === place))
        byPlace.set(place, { source: kind, names: [] });
    }
    const claimed = new Set(found.mapping.map(([name]) => name));
    const mapped = mappedAbove(source, found);
    const extending = allExtending.filter(([, schema]) => placeOf(schema) !== itself && !byPlace.has(placeOf(schema)));
    // What the parent and other kinds say of the property, they say for themselves.
    const elsewhere = new Set([
      ...reachedFrom([aroundOf(source)]).keys(),
      ...extending.map(([, kind]) => placeOf(kind)),
      ...byPlace.keys(),
    ]);
    const named = extending.map(([name, schema]) => {
      const given = mapped.get(placeOf(schema)) ?? givenNames(schema);
      const own = given === null ? constants(schema, found.property, elsewhere) : [];
      return { source: schema, names: given ?? [name], constants: own.includes(name) ? [] : own };
    });
    const twice = new Set<string>(claimed);
    const once = new Set<string>();
    for (const name of named.flatMap((kind) => [...kind.names, ...kind.constants]))
      (once.has(name) ? twice : once).add(name);
    const fallback = placeOfFallback(found);
    return [
      ...byPlace.values(),
      ...named.map(({ source: kind, names, constants: own }) => {
        const chosen = own.length > 0 && !own.some((name) => twice.has(name)) ? own : names;
        return { source: kind, names: chosen.filter((each) => !claimed.has(each)) };
      }),
    ].map((kind): DiscriminatorBranch => ({ ...kind, isDefault: placeOf(kind.source) === fallback }));
  }

  /** By place of a schema, the names that it has in the mappings of what `source` is made of: a kind that chooses again goes on with those names. */
  function mappedAbove(source: SchemaSource, { property }: Discriminator): ReadonlyMap<string, readonly string[]> {
    const byPlace = new Map<string, string[]>();
    for (const base of reachedFrom([aroundOf(source)]).values()) {
      const found = placeOf(base) === placeOf(source) ? null : discriminator(base);
      if (found?.property !== property) continue;
      for (const [name, schema] of found.mapping) {
        const place = placeOf(target(schema));
        const known = byPlace.get(place);
        if (known === undefined) byPlace.set(place, [name]);
        else if (!known.includes(name)) known.push(name);
      }
    }
    return byPlace;
  }

  /** Places of the kinds that a schema itself offers by a choice, and of what they are made of. */
  function lineOf(source: SchemaSource, choice: KindChoice): ReadonlySet<string> {
    const key = `${choice} ${placeOf(source)}`;
    let line = lineByChoice.get(key);
    if (line === undefined) {
      const kinds =
        choice === 'discriminator' ? children(source).map((branch) => branch.source) : listedSchemas(source, choice);
      line = kinds.length === 0 ? NOTHING : new Set(reachedFrom(kinds).keys());
      lineByChoice.set(key, line);
    }
    return line;
  }

  /** Those of a schema, and of the members that its `allOf` holds written out, at any depth. */
  function linesOf(parent: SchemaSource): readonly ReadonlySet<string>[] {
    const known = linesByParent.get(placeOf(parent));
    if (known !== undefined) return known;
    const pieces = [parent];
    for (const piece of pieces) for (const member of listedSchemas(piece, 'allOf')) pieces.push(member);
    const lines = pieces
      .flatMap((piece) => CHOICES.map((choice) => lineOf(piece, choice)))
      .filter(({ size }) => size > 0);
    linesByParent.set(placeOf(parent), lines);
    return lines;
  }

  function isKindOf(child: SchemaSource, parent: SchemaSource): boolean {
    const place = placeOf(child);
    return linesOf(parent).some((line) => line.has(place));
  }

  function offersKinds(source: SchemaSource, choice: KindChoice): boolean {
    return lineOf(source, choice).has(placeAround(source));
  }

  /** The names by which a schema is chosen among the kinds of those that it is made of. */
  function namesAbove(source: SchemaSource, found: Discriminator): readonly string[] {
    const place = placeAround(source);
    const names = new Set(mappedAbove(source, found).get(place));
    for (const base of reachedFrom([aroundOf(source)]).values()) {
      if (placeOf(base) === placeOf(source) || discriminator(base)?.property !== found.property) continue;
      for (const branch of children(base))
        if (placeOf(branch.source) === place) for (const name of branch.names) names.add(name);
    }
    return [...names];
  }

  /** A parent that lists values for which it has no kind stands for them itself; a kind with kinds of its own lists those of its parents. */
  function unclaimed(source: SchemaSource, { property, fallback }: Discriminator): readonly string[] {
    // What names no kind has a schema then.
    if (fallback !== null) return [];
    const bases = reachedFrom([aroundOf(source)]);
    for (const base of bases.values())
      if (placeOf(base) !== placeOf(source) && discriminator(base)?.property === property) return [];
    const listed = constants(aroundOf(source), property);
    if (listed.length === 0) return [];
    const except = new Set(bases.keys());
    const claimed = new Set(
      children(source).flatMap((kind) => [...kind.names, ...constants(kind.source, property, except)]),
    );
    return listed.filter((name) => !claimed.has(name));
  }

  function ownNames(source: SchemaSource): readonly string[] {
    const found = discriminator(source);
    return [...new Set([...givenToItself(source, found), ...(found === null ? [] : unclaimed(source, found))])];
  }

  function givenToItself(source: SchemaSource, found: Discriminator | null): readonly string[] {
    const place = placeAround(source);
    const mapped = (found?.mapping ?? []).filter(([, schema]) => placeOf(target(schema)) === place);
    if (mapped.length > 0) return mapped.map(([name]) => name);
    const given = found === null ? [] : namesAbove(source, found);
    const names = given.length > 0 ? given : (givenNames(aroundOf(source)) ?? [lastToken(place)]);
    const claimed = new Set(children(source).flatMap((branch) => branch.names));
    return names.filter((name) => !claimed.has(name));
  }

  return {
    propertyOf: (source) => discriminator(source)?.property ?? null,
    branches,
    children,
    isKindOf,
    offersKinds,
    ownNames,
    isOwnDefault: (source) => {
      const found = discriminator(source);
      return found !== null && placeOfFallback(found) === placeAround(source);
    },
  };
}

/** Of a member that an `allOf` holds written out, the place of the schema around it, of which it is a piece; of any other schema its own. */
function placeAround(source: SchemaSource): string {
  return placeOf({ ...source, pointer: pointerAround(source) });
}

function pointerAround({ pointer }: SchemaSource): string {
  return pointer.replace(/(?:\/allOf\/\d+)+$/, '');
}

/** The name that a document of Swagger 2.0 gives a kind. */
function givenNames({ node }: SchemaSource): readonly string[] | null {
  const given = isObject(node) ? node['x-ms-discriminator-value'] : undefined;
  return typeof given === 'string' ? [given] : null;
}

function lastToken(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1).replace(/^#/, '');
  try {
    return decodeURIComponent(last).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return last;
  }
}
