import type { SchemaSource } from '../openapi/model.ts';
import { SchemaCompileError } from './schema-compiler.ts';

/** Whatever compiling a schema throws is about that schema. One that is a compile error already names its own, which may stand deeper. */
export function compileErrorOf(error: unknown, source: SchemaSource): SchemaCompileError {
  if (error instanceof SchemaCompileError) return error;
  const reason =
    error instanceof RangeError
      ? 'its schemas lead too deep into each other'
      : `compiling it failed: ${error instanceof Error ? error.message : String(error)}`;
  return new SchemaCompileError(source, reason, { cause: error });
}
