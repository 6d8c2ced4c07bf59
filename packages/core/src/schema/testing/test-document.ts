import { valueAt } from '../../json/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../json/json-value.ts';
import type { Dialect, SchemaSource } from '../../openapi/model.ts';
import {
  createSchemaCompiler,
  type DocumentSchemaCompiler,
  type SchemaCompilerOptions,
} from '../create-schema-compiler.ts';
import type { ReferenceResolver } from '../schema-reference.ts';

/** One document in memory, for tests: references are JSON Pointers into it. */
export class TestDocument implements ReferenceResolver {
  readonly #root: JsonObject;
  readonly #dialect: Dialect;

  constructor(dialect: Dialect, root: JsonObject) {
    this.#root = root;
    this.#dialect = dialect;
  }

  at(pointer: string): SchemaSource {
    const found = this.resolveSchema(
      { file: 'api.yaml', pointer: '', dialect: this.#dialect, node: this.#root },
      `#${pointer}`,
    );
    if (found === null) throw new Error(`nothing at ${pointer}`);
    return found;
  }

  resolveSchema(_from: SchemaSource, reference: string): SchemaSource | null {
    if (!reference.startsWith('#/') && reference !== '#') return null;
    const pointer = decodeURIComponent(reference.slice(1));
    const node = valueAt(this.#root, pointer);
    return node === undefined ? null : { file: 'api.yaml', pointer, dialect: this.#dialect, node };
  }
}

export interface CompiledSchema {
  readonly compiler: DocumentSchemaCompiler;
  readonly source: SchemaSource;
}

/** Puts a schema, and named ones beside it, into a document of the dialect. */
export function documentWith(
  dialect: Dialect,
  schema: JsonValue,
  named: JsonObject = {},
  options: SchemaCompilerOptions = {},
): CompiledSchema {
  const root: JsonObject =
    dialect === 'swagger-2.0' ? { definitions: named, schema } : { components: { schemas: named }, schema };
  const document = new TestDocument(dialect, root);
  return { compiler: createSchemaCompiler(document, options), source: document.at('/schema') };
}

export const BOUNDS = { maxDepth: 64, maxKeys: 10_000 };

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
