import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Dialect } from '../openapi/model.ts';

/** How a schema says that its kinds are told apart. */
export interface TranslatedDiscriminator {
  /** The name of the property that tells the kind. */
  readonly property: string;
  /** The names it maps to schemas. */
  readonly mapping: JsonObject | null;
  /** What names the schema of a value that none of them is mapped to (OpenAPI 3.2, `defaultMapping`). */
  readonly fallback: string | null;
}

/** One schema object in the keywords of JSON Schema 2020-12; the schemas inside are still in their own dialect. */
export interface TranslatedSchema {
  readonly keywords: JsonObject;
  /** Null is accepted beside what the keywords say. */
  readonly nullable: boolean;
  readonly discriminator: TranslatedDiscriminator | null;
}

/** The Schema Object of Swagger 2.0 knows these of JSON Schema draft 4 (2.0, "Schema Object"). */
const SWAGGER_2 = [
  'type',
  'enum',
  'multipleOf',
  'maximum',
  'minimum',
  'maxLength',
  'minLength',
  'pattern',
  'format',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxProperties',
  'minProperties',
  'required',
  'allOf',
  'items',
  'properties',
  'additionalProperties',
] as const;
/** OpenAPI 3.0 adds the other combinations (3.0.4, 4.7.24.1). */
const OPENAPI_30 = [...SWAGGER_2, 'oneOf', 'anyOf', 'not'] as const;

/**
 * Rewrites the keywords that mean something else before JSON Schema 2020-12; keywords that the dialect does not have are dropped, as its
 * specification says. A `$ref` is the caller's: before 2020-12 it hides everything beside it.
 */
export function translateDialect(node: JsonObject, dialect: Dialect): TranslatedSchema {
  if (dialect === 'json-schema-2020-12')
    return { keywords: withDependencies(node), nullable: false, discriminator: discriminatorOf(node['discriminator']) };
  const keywords: Record<string, JsonValue> = {};
  for (const keyword of dialect === 'swagger-2.0' ? SWAGGER_2 : OPENAPI_30) {
    const value = own(node, keyword);
    if (value !== undefined) keywords[keyword] = value;
  }
  exclusive(node, keywords, 'minimum', 'exclusiveMinimum');
  exclusive(node, keywords, 'maximum', 'exclusiveMaximum');
  if (keywords['type'] === 'file') {
    // Swagger 2.0: the raw content of a part or a response.
    keywords['type'] = 'string';
    keywords['format'] = 'binary';
  }
  return {
    keywords,
    nullable: own(node, dialect === 'swagger-2.0' ? 'x-nullable' : 'nullable') === true,
    discriminator: discriminatorOf(own(node, 'discriminator')),
  };
}

function own(node: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(node, name) ? node[name] : undefined;
}

/** Draft 4: `exclusiveMinimum: true` makes `minimum` exclusive. A number there is a slip for the later form, and is taken for it. */
function exclusive(node: JsonObject, keywords: Record<string, JsonValue>, limit: string, keyword: string): void {
  const value = own(node, keyword);
  if (value === undefined || value === false) return;
  if (value !== true) {
    keywords[keyword] = value;
    return;
  }
  const bound = keywords[limit];
  if (bound === undefined) return;
  keywords[keyword] = bound;
  delete keywords[limit];
}

/** An object from OpenAPI 3.0 on, the bare property name in Swagger 2.0. */
function discriminatorOf(value: JsonValue | undefined): TranslatedDiscriminator | null {
  if (typeof value === 'string') return { property: value, mapping: null, fallback: null };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { propertyName, mapping, defaultMapping } = value as JsonObject;
  if (typeof propertyName !== 'string') return null;
  return {
    property: propertyName,
    mapping:
      typeof mapping === 'object' && mapping !== null && !Array.isArray(mapping) ? (mapping as JsonObject) : null,
    fallback: typeof defaultMapping === 'string' ? defaultMapping : null,
  };
}

/** `dependencies` of earlier drafts, which 2020-12 keeps for compatibility (core, appendix B). */
function withDependencies(node: JsonObject): JsonObject {
  const dependencies = own(node, 'dependencies');
  if (typeof dependencies !== 'object' || dependencies === null || Array.isArray(dependencies)) return node;
  const entries = Object.entries(dependencies as JsonObject);
  const names = entries.filter(([, value]) => Array.isArray(value));
  const schemas = entries.filter(([, value]) => !Array.isArray(value));
  const merged: Record<string, JsonValue> = { ...node };
  const join = (keyword: string, more: [string, JsonValue][]): void => {
    const present = own(node, keyword);
    const before =
      typeof present === 'object' && present !== null && !Array.isArray(present)
        ? Object.entries(present as JsonObject)
        : [];
    if (more.length > 0) merged[keyword] = Object.fromEntries([...more, ...before]);
  };
  join('dependentRequired', names);
  join('dependentSchemas', schemas);
  return merged;
}
