import { isObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import {
  below,
  listedSchemas,
  mappedSchemas,
  placeOf,
  type ReferenceResolver,
  referenceChain,
  referenceOf,
} from './schema-reference.ts';
import { translateDialect } from './translate-dialect.ts';

/** One schema that a discriminator can choose, and the values of its property that choose it. */
export interface DiscriminatorBranch {
  readonly source: SchemaSource;
  readonly names: readonly string[];
}

/** What a document says about schemas that stand for several others. */
export interface DiscriminatorIndex {
  /** The branches of `oneOf` or `anyOf` by name; null where two claim the same name, or none has one: then the discriminator cannot decide. */
  branches(source: SchemaSource, keyword: 'oneOf' | 'anyOf'): readonly DiscriminatorBranch[] | null;
  /** The named schemas that extend this one through `allOf`, and those that its mapping names, but for itself. */
  children(source: SchemaSource): readonly DiscriminatorBranch[];
  /** True where `child` reaches `parent` through `allOf` and `parent` offers `child` as one of its kinds: to go back in would not end. */
  isKindOf(child: SchemaSource, parent: SchemaSource): boolean;
  /** True where a member of an `allOf`, written out there, offers kinds of the schema around it. */
  offersKinds(member: SchemaSource): boolean;
  /** The values that choose the schema itself, or the one around such a member, among those that extend it: mapped names, else the last token of where it stands. */
  ownNames(source: SchemaSource): readonly string[];
}

/** Where the named schemas of a document stand: OpenAPI 3, Swagger 2.0. */
const CONTAINERS = ['#/components/schemas', '#/definitions'];

/** The named schemas of a document, and by the place of each schema the places of those that are made of it. */
interface Extensions {
  readonly named: readonly [string, SchemaSource][];
  readonly extending: ReadonlyMap<string, readonly string[]>;
}

export function createDiscriminatorIndex(document: ReferenceResolver): DiscriminatorIndex {
  const childrenByPlace = new Map<string, readonly DiscriminatorBranch[]>();
  const lineByParent = new Map<string, ReadonlySet<string>>();
  const extensionsByContainers = new Map<string, Extensions>();

  /** What a schema is made of: what it refers to, and the members of its `allOf`. */
  function basesOf(source: SchemaSource): SchemaSource[] {
    const reference = referenceOf(source.node);
    const referred = reference === null ? null : document.resolveSchema(source, reference);
    return [...(referred === null ? [] : [referred]), ...listedSchemas(source, 'allOf')];
  }

  /** Places reached through `$ref` and `allOf`, those of the schemas themselves among them. */
  function reachedFrom(sources: readonly SchemaSource[]): ReadonlySet<string> {
    const found = new Map(sources.map((source) => [placeOf(source), source]));
    for (const source of found.values())
      for (const base of basesOf(source)) if (!found.has(placeOf(base))) found.set(placeOf(base), base);
    return new Set(found.keys());
  }

  function discriminator(
    source: SchemaSource,
  ): { property: string; mapping: readonly [string, SchemaSource][] } | null {
    if (!isObject(source.node) || !Object.hasOwn(source.node, 'discriminator')) return null;
    const found = translateDialect(source.node, source.dialect).discriminator;
    if (found === null) return null;
    const mapping: [string, SchemaSource][] = [];
    for (const [name, target] of Object.entries(found.mapping ?? {})) {
      const schema = typeof target === 'string' ? mapped(source, target) : null;
      if (schema !== null) mapping.push([name, schema]);
    }
    return { property: found.property, mapping };
  }

  /** A mapping's value is the name of a schema or a reference to one (OpenAPI 3.0, 4.7.25). */
  function mapped(source: SchemaSource, target: string): SchemaSource | null {
    if (/^[A-Za-z0-9._-]+$/.test(target)) {
      const named = document.resolveSchema(source, `#/components/schemas/${target}`);
      if (named !== null) return named;
    }
    return document.resolveSchema(source, target);
  }

  function target(source: SchemaSource): SchemaSource {
    let last = source;
    for (const schema of referenceChain(document, source)) last = schema;
    return last;
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
    const named = members.map(({ source: member, explicit, implicit, constants: own }): DiscriminatorBranch => {
      if (explicit.length > 0) return { source: member, names: explicit };
      // A schema whose property cannot have its implicit name goes by the values that it can have.
      if (own.length > 0 && (implicit === null || !own.includes(implicit))) return { source: member, names: own };
      return { source: member, names: implicit === null ? [] : [implicit] };
    });
    const names = named.flatMap((branch) => branch.names);
    return names.length === 0 || new Set(names).size !== names.length ? null : named;
  }

  /** The strings that a schema allows for a property through `const` or `enum`. */
  function constants(source: SchemaSource, property: string): readonly string[] {
    const seen = new Set<string>();
    const open = [source];
    for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
      if (seen.has(placeOf(schema))) continue;
      seen.add(placeOf(schema));
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
    const itself = placeAround(source);
    const found = discriminator(source);
    const byPlace = new Map<string, { source: SchemaSource; names: string[] }>();
    const add = (schema: SchemaSource, name: string): void => {
      const known = byPlace.get(placeOf(schema));
      if (known === undefined) byPlace.set(placeOf(schema), { source: schema, names: [name] });
      else known.names.push(name);
    };
    for (const [name, schema] of found?.mapping ?? []) {
      const kind = target(schema);
      // A kind with a discriminator of its own often maps its own names: it is not below itself, which would never end.
      if (placeOf(kind) !== itself) add(kind, name);
    }
    for (const [name, schema] of found === null ? [] : extensionsOf(source)) {
      if (placeOf(schema) === itself || byPlace.has(placeOf(schema))) continue;
      const given = isObject(schema.node) ? schema.node['x-ms-discriminator-value'] : undefined;
      add(schema, typeof given === 'string' ? given : name);
    }
    const result = [...byPlace.values()];
    const names = result.flatMap((branch) => branch.names);
    const decided = new Set(names).size === names.length ? result : [];
    childrenByPlace.set(place, decided);
    return decided;
  }

  /** The named schemas that reach this one, in the order of the document. */
  function extensionsOf(source: SchemaSource): [string, SchemaSource][] {
    const containers = CONTAINERS.flatMap((pointer) => document.resolveSchema(source, pointer) ?? []);
    const key = JSON.stringify(containers.map(placeOf));
    const { named, extending } = extensionsByContainers.get(key) ?? extensionsIn(containers);
    extensionsByContainers.set(key, { named, extending });
    const found = new Set([placeOf(source)]);
    for (const place of found) for (const child of extending.get(place) ?? []) found.add(child);
    return named.filter(([, schema]) => found.has(placeOf(schema)));
  }

  function extensionsIn(containers: readonly SchemaSource[]): Extensions {
    const named = containers.flatMap((container) =>
      isObject(container.node)
        ? Object.entries(container.node).map(([name, node]): [string, SchemaSource] => [
            name,
            below(container, node, name),
          ])
        : [],
    );
    const extending = new Map<string, string[]>();
    const found = new Map(named.map(([, schema]) => [placeOf(schema), schema]));
    for (const [place, schema] of found) {
      for (const base of basesOf(schema)) {
        const known = extending.get(placeOf(base));
        if (known === undefined) extending.set(placeOf(base), [place]);
        else known.push(place);
        if (!found.has(placeOf(base))) found.set(placeOf(base), base);
      }
    }
    return { named, extending };
  }

  /** Places of the kinds that a schema itself offers, and of what they are made of. */
  function lineOf(source: SchemaSource): ReadonlySet<string> {
    const place = placeOf(source);
    let line = lineByParent.get(place);
    if (line === undefined) {
      const kinds = [...listedSchemas(source, 'oneOf'), ...listedSchemas(source, 'anyOf')];
      line = reachedFrom(kinds.length > 0 ? kinds : children(source).map((branch) => branch.source));
      lineByParent.set(place, line);
    }
    return line;
  }

  function isKindOf(child: SchemaSource, parent: SchemaSource): boolean {
    const place = placeOf(child);
    if (lineOf(parent).has(place)) return true;
    return listedSchemas(parent, 'allOf').some((member) => offersKinds(member) && lineOf(member).has(place));
  }

  function offersKinds(member: SchemaSource): boolean {
    return referenceOf(member.node) === null && lineOf(member).has(placeAround(member));
  }

  function ownNames(source: SchemaSource): readonly string[] {
    const place = placeAround(source);
    const mapped = (discriminator(source)?.mapping ?? []).filter(([, schema]) => placeOf(target(schema)) === place);
    return mapped.length > 0 ? mapped.map(([name]) => name) : [lastToken(place)];
  }

  return { branches, children, isKindOf, offersKinds, ownNames };
}

/** Of a member that an `allOf` holds written out, the place of the schema around it, of which it is a piece; of any other schema its own. */
function placeAround(source: SchemaSource): string {
  return placeOf({ ...source, pointer: source.pointer.replace(/(?:\/allOf\/\d+)+$/, '') });
}

function lastToken(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1).replace(/^#/, '');
  try {
    return decodeURIComponent(last).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return last;
  }
}
