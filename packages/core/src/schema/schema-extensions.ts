import { isObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { below, listedSchemas, placeOf, type ReferenceResolver, referenceOf } from './schema-reference.ts';

/** Which schemas of a document are made of which, through `$ref` and `allOf`. */
export interface SchemaExtensions {
  /** What is reached, by its place, the schemas themselves among it. */
  reachedFrom(sources: readonly SchemaSource[]): ReadonlyMap<string, SchemaSource>;
  /** The named schemas that reach this one, in the order of the document. */
  extensionsOf(source: SchemaSource): [string, SchemaSource][];
}

/** Where the named schemas of a document stand: OpenAPI 3, Swagger 2.0. */
const CONTAINERS = ['#/components/schemas', '#/definitions'];

/** The named schemas of a document, and by the place of each schema the places of those that are made of it. */
interface Extensions {
  readonly named: readonly [string, SchemaSource][];
  readonly extending: ReadonlyMap<string, readonly string[]>;
}

export function createSchemaExtensions(document: ReferenceResolver): SchemaExtensions {
  const extensionsByContainers = new Map<string, Extensions>();

  /** What a schema is made of: what it refers to, and the members of its `allOf`. */
  function basesOf(source: SchemaSource): SchemaSource[] {
    const reference = referenceOf(source.node);
    const referred = reference === null ? null : document.resolveSchema(source, reference);
    return [...(referred === null ? [] : [referred]), ...listedSchemas(source, 'allOf')];
  }

  function reachedFrom(sources: readonly SchemaSource[]): ReadonlyMap<string, SchemaSource> {
    const found = new Map(sources.map((source) => [placeOf(source), source]));
    for (const source of found.values())
      for (const base of basesOf(source)) if (!found.has(placeOf(base))) found.set(placeOf(base), base);
    return found;
  }

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

  return { reachedFrom, extensionsOf };
}
