import { isObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { createSchemaFold } from './fold-schemas.ts';
import {
  isBareReference,
  listedSchemas,
  mappedSchemas,
  type ReferenceResolver,
  referenceOf,
} from './schema-reference.ts';
import type { Direction } from './schema-compiler.ts';

/** Names of properties that one direction of traffic may not have: `readOnly` ones in requests, `writeOnly` ones in responses. */
export interface HiddenProperties {
  /** True when the schema of a property is so marked: itself, through `$ref`, or in a member of its `allOf`. */
  isHidden(property: SchemaSource): boolean;
  /** Hidden in every value of the schema: its own, through `$ref` and `allOf`. */
  always(source: SchemaSource): ReadonlySet<string>;
  /** Those, and the ones of any branch of `oneOf` and `anyOf`. */
  anywhere(source: SchemaSource): ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function createHiddenProperties(document: ReferenceResolver, direction: Direction): HiddenProperties {
  const keyword = direction === 'request' ? 'readOnly' : 'writeOnly';
  const isHidden = createSchemaFold<boolean>({
    parts: (source) => [...target(source), ...listedSchemas(source, 'allOf')],
    own: (source) => isObject(source.node) && !isBareReference(source) && source.node[keyword] === true,
    join: (values) => values.includes(true),
  });

  const collect = (keywords: readonly string[]): ((source: SchemaSource) => ReadonlySet<string>) =>
    createSchemaFold<ReadonlySet<string>>({
      parts: (source) => [...target(source), ...keywords.flatMap((part) => listedSchemas(source, part))],
      own: (source) =>
        new Set(mappedSchemas(source, 'properties').flatMap(([name, property]) => (isHidden(property) ? [name] : []))),
      join: union,
    });

  function target(source: SchemaSource): readonly SchemaSource[] {
    const reference = referenceOf(source.node);
    const found = reference === null ? null : document.resolveSchema(source, reference);
    return found === null ? [] : [found];
  }

  return { isHidden, always: collect(['allOf']), anywhere: collect(['allOf', 'oneOf', 'anyOf']) };
}

/** Most schemas hide nothing of their own, and share the set of the one that they are made of. */
function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const filled = sets.filter((set) => set.size > 0);
  const [first = NONE] = filled;
  if (filled.length <= 1) return first;
  const names = new Set(first);
  for (const set of filled) for (const name of set) names.add(name);
  return names;
}
