import { isObject, type JsonObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { placeOf, type ReferenceResolver } from './schema-reference.ts';

/** The schema resources entered on the way to a schema, outermost first; null until a `$dynamicRef` makes them matter (2020-12 core, 7.1). */
export type DynamicScope = readonly SchemaSource[] | null;

export interface DynamicScopes {
  /** The scope behind a reference to `target`. */
  enter(scope: readonly SchemaSource[], target: SchemaSource): readonly SchemaSource[];
  /** The scope inside a schema: one with an `$id` of its own is a resource of its own. */
  within(scope: DynamicScope, source: SchemaSource, node: JsonObject): DynamicScope;
  /** 2020-12 core, 8.2.3.2: the outermost resource on the way that has the anchor, provided that the `plain` target has it too. */
  target(scope: readonly SchemaSource[], reference: string, plain: SchemaSource): SchemaSource;
}

export function createDynamicScopes(document: ReferenceResolver): DynamicScopes {
  const enter: DynamicScopes['enter'] = (scope, target) => {
    const resource = document.resolveSchema(target, '#') ?? target;
    return scope.some((entered) => placeOf(entered) === placeOf(resource)) ? scope : [...scope, resource];
  };
  return {
    enter,
    within: (scope, source, node) => (scope === null || typeof node['$id'] !== 'string' ? scope : enter(scope, source)),
    target: (scope, reference, plain) => {
      const anchor = reference.slice(reference.indexOf('#') + 1);
      const isAnchor = (schema: SchemaSource | null): schema is SchemaSource =>
        schema !== null && isObject(schema.node) && schema.node['$dynamicAnchor'] === anchor;
      if (!isAnchor(plain)) return plain;
      for (const resource of scope) {
        const candidate = document.resolveSchema(resource, `#${anchor}`);
        if (isAnchor(candidate)) return candidate;
      }
      return plain;
    },
  };
}
