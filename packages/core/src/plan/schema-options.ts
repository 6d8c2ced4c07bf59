import type { Policy } from '../policy/policy.ts';
import type { SchemaCompilerOptions } from '../schema/create-schema-compiler.ts';

/** What the policy says of how schemas are compiled. */
export function schemaOptionsOf({ requests }: Policy): SchemaCompilerOptions {
  return {
    readOnlyProperties: requests.readOnlyProperties,
    caseVariants: requests.lookalikeNames ?? 'refuse',
  };
}
