import type { Policy, RequestPolicy, ResponsePolicy } from '../policy/policy.ts';
import type { SchemaCompilerOptions } from '../schema/create-schema-compiler.ts';
import type { JsonBounds } from '../schema/schema-compiler.ts';

/** What the policy says of how schemas are compiled. */
export function schemaOptionsOf({ requests, responses }: Policy): SchemaCompilerOptions {
  return {
    readOnlyProperties: requests.readOnlyProperties,
    caseVariants: requests.lookalikeNames ?? 'refuse',
    contents: { request: contentBounds(requests), response: contentBounds(responses) },
  };
}

/** JSON in a text is bounded as a body is. */
function contentBounds({ contentSchema, maxDepth, maxKeys }: RequestPolicy | ResponsePolicy): JsonBounds | null {
  return contentSchema === 'check' ? { maxDepth, maxKeys } : null;
}
