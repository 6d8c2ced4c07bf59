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
    open: false,
    parts: (source) => [...target(source), ...listedSchemas(source, 'allOf')],
    combine: (source, parts, valueOf) =>
      (isObject(source.node) && !isBareReference(source) && source.node[keyword] === true) || parts.some(valueOf),
  });

  const collect = (keywords: readonly string[]): ((source: SchemaSource) => ReadonlySet<string>) =>
    createSchemaFold<ReadonlySet<string>>({
      open: NONE,
      parts: (source) => [...target(source), ...keywords.flatMap((part) => listedSchemas(source, part))],
      combine(source, parts, valueOf) {
        const names = new Set<string>();
        for (const [name, property] of mappedSchemas(source, 'properties')) if (isHidden(property)) names.add(name);
        for (const part of parts) for (const name of valueOf(part)) names.add(name);
        return names.size === 0 ? NONE : names;
      },
    });

  function target(source: SchemaSource): readonly SchemaSource[] {
    const reference = referenceOf(source.node);
    const found = reference === null ? null : document.resolveSchema(source, reference);
    return found === null ? [] : [found];
  }

  return { isHidden, always: collect(['allOf']), anywhere: collect(['allOf', 'oneOf', 'anyOf']) };
}
