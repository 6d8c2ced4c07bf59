import { isObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import {
  isBareReference,
  listedSchemas,
  mappedSchemas,
  placeOf,
  type ReferenceResolver,
  referenceChain,
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
  const known = {
    hidden: new Map<string, boolean>(),
    always: new Map<string, ReadonlySet<string>>(),
    anywhere: new Map<string, ReadonlySet<string>>(),
  };

  function isHidden(property: SchemaSource): boolean {
    const place = placeOf(property);
    const before = known.hidden.get(place);
    if (before !== undefined) return before;
    known.hidden.set(place, false);
    let hidden = false;
    for (const schema of referenceChain(document, property)) {
      if (isObject(schema.node) && !isBareReference(schema) && schema.node[keyword] === true) hidden = true;
      if (!hidden) hidden = listedSchemas(schema, 'allOf').some(isHidden);
      if (hidden) break;
    }
    known.hidden.set(place, hidden);
    return hidden;
  }

  function collect(source: SchemaSource, depth: 'always' | 'anywhere'): ReadonlySet<string> {
    const place = placeOf(source);
    const before = known[depth].get(place);
    if (before !== undefined) return before;
    known[depth].set(place, NONE);
    const names = new Set<string>();
    for (const schema of referenceChain(document, source)) {
      for (const [name, property] of mappedSchemas(schema, 'properties')) if (isHidden(property)) names.add(name);
      const parts = depth === 'always' ? ['allOf'] : ['allOf', 'oneOf', 'anyOf'];
      for (const part of parts)
        for (const member of listedSchemas(schema, part)) for (const name of collect(member, depth)) names.add(name);
    }
    const result = names.size === 0 ? NONE : names;
    known[depth].set(place, result);
    return result;
  }

  return { isHidden, always: (source) => collect(source, 'always'), anywhere: (source) => collect(source, 'anywhere') };
}
