import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { POLICY_SHAPE } from './policy-schema.ts';
import { REFERENCE_PATTERN } from './references.ts';
import type { Field, Shape } from './shape.ts';
import { DURATION_PATTERN, RATE_PATTERN, SIZE_PATTERN } from './units.ts';

/** The name of the schema. Nothing is served there; `.invalid` never resolves (RFC 6761, section 6.4). */
const POLICY_SCHEMA_ID = 'https://sallyport.invalid/schemas/sallyport.schema.json';

const DATE_PATTERN =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2}))?$';

/**
 * The JSON Schema (2020-12) of the policy file, for editors that complete and check it. It takes every file that `parsePolicy` takes;
 * what only shows from several settings at once, or from the document, is not in it.
 */
export function policyJsonSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: POLICY_SCHEMA_ID,
    title: 'sallyport.yaml',
    description: 'The policy of Sallyport: what the OpenAPI document cannot say.',
    ...toSchema(POLICY_SHAPE),
    $defs: {
      reference: {
        type: 'string',
        pattern: `(^|[^$])${REFERENCE_PATTERN}`,
        description: 'A reference: ${env:NAME}; ${file:path} where a secret stands.',
      },
      duration: { type: 'string', pattern: DURATION_PATTERN, description: 'A duration: 500ms, 10s, 15m, 1h, 7d.' },
      size: { type: 'string', pattern: SIZE_PATTERN, description: 'A size: 512B, 64KiB, 1MiB, 10MB.' },
      rate: { type: 'string', pattern: RATE_PATTERN, description: 'A rate: 50/s, 5/min, 1000/h, 10/15m.' },
      date: {
        type: 'string',
        pattern: DATE_PATTERN,
        description: 'A date (midnight UTC) or a date and time, RFC 3339.',
      },
    },
  };
}

function toSchema(shape: Shape): JsonObject {
  switch (shape.kind) {
    case 'text':
      return shape.format === null
        ? { type: 'string', minLength: 1 }
        : orReference({ type: 'string', pattern: shape.format.pattern });
    case 'secret':
      return { type: 'string', minLength: 1 };
    case 'choice':
      return orReference(shape.values.length === 1 ? { const: shape.values[0] ?? '' } : { enum: shape.values });
    case 'flag':
      return orReference({ type: 'boolean' });
    case 'number':
      return orReference({ type: 'integer', minimum: shape.minimum, maximum: shape.maximum });
    case 'duration':
    case 'size':
    case 'rate':
    case 'date':
      return orReference({ $ref: `#/$defs/${shape.kind}` });
    case 'list':
      return { type: 'array', items: toSchema(shape.item), minItems: shape.minItems, maxItems: shape.maxItems };
    case 'map':
      return {
        type: 'object',
        additionalProperties: toSchema(shape.value),
        ...(shape.names === null ? {} : { propertyNames: { pattern: shape.names.pattern } }),
      };
    case 'object':
      return objectSchema(shape.fields);
    case 'variants':
      return { anyOf: shape.variants.map((one) => ({ title: one.variant, ...objectSchema(one.shape.fields) })) };
    case 'union':
      return { anyOf: shape.branches.filter((branch) => branch.kind !== 'later').map(toSchema) };
    case 'any':
    case 'later':
      return {};
  }
}

function objectSchema(fields: Readonly<Record<string, Field>>): JsonObject {
  const properties: Record<string, JsonValue> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    // Settings of later versions are left out, so that an editor does not offer what would be refused.
    if (field.shape.kind === 'later') continue;
    properties[name] = {
      description: field.description,
      ...(field.default === undefined ? {} : { default: field.default }),
      ...toSchema(field.shape),
    };
    if (field.presence === 'required') required.push(name);
  }
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

function orReference(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { $ref: '#/$defs/reference' }] };
}
