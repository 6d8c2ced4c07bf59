import { isObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { isBareReference, type ReferenceResolver } from './schema-reference.ts';
import { translateDialect } from './translate-dialect.ts';

/** What a schema says of how its kinds are told apart. */
export interface Discriminator {
  readonly property: string;
  /** Values of the property, and the schemas that they name; without those that lead nowhere. */
  readonly mapping: readonly [string, SchemaSource][];
  /** The schema of an object without the property, or with a value that names none; null where the document names none. */
  readonly fallback: SchemaSource | null;
}

/** Reads the discriminator of a schema itself; null where it has none. */
export function createDiscriminatorReader(document: ReferenceResolver): (source: SchemaSource) => Discriminator | null {
  /** A mapping's value is the name of a schema or a reference to one (OpenAPI 3.0, 4.7.25). */
  function mapped(source: SchemaSource, target: unknown): SchemaSource | null {
    if (typeof target !== 'string') return null;
    if (/^[A-Za-z0-9._-]+$/.test(target)) {
      const named = document.resolveSchema(source, `#/components/schemas/${target}`);
      if (named !== null) return named;
    }
    return document.resolveSchema(source, target);
  }

  return (source) => {
    if (!isObject(source.node) || isBareReference(source) || !Object.hasOwn(source.node, 'discriminator')) return null;
    const found = translateDialect(source.node, source.dialect).discriminator;
    if (found === null) return null;
    const mapping: [string, SchemaSource][] = [];
    for (const [name, target] of Object.entries(found.mapping ?? {})) {
      const schema = mapped(source, target);
      if (schema !== null) mapping.push([name, schema]);
    }
    return { property: found.property, mapping, fallback: mapped(source, found.fallback) };
  };
}
