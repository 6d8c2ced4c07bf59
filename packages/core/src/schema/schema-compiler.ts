import type { SchemaSource } from '../openapi/model.ts';

/** Requests may not set `readOnly` properties; responses may not show `writeOnly` ones. */
export type Direction = 'request' | 'response';

/** One thing wrong with a value. Never holds the value itself: what a client sent may be a secret. */
export interface SchemaIssue {
  /** JSON Pointer into the value. */
  readonly pointer: string;
  /** Where the rule stands: `file#pointer` into the document as authored. */
  readonly schema: string;
  /** The JSON Schema keyword that failed, or `readOnly`, `discriminator`, `syntax`, `duplicate`, `depth`, `keys`. */
  readonly keyword: string;
  /** For a person, naming the rule and never the value: `must be at least 1`. */
  readonly message: string;
}

/** Checks a parsed value: null when it is valid, else at most `maxIssues` issues, one branch of a `oneOf`. */
export type ValueCheck = (value: unknown) => readonly SchemaIssue[] | null;

/** What becomes of object members that the schema does not declare. `as-declared` follows `additionalProperties` and nothing more. */
export type UndeclaredMembers = 'as-declared' | 'refuse' | 'strip';

/** Bounds on a JSON text, checked before anything else is made of it. */
export interface JsonBounds {
  /** Nesting of arrays and objects; a scalar has depth 0. */
  readonly maxDepth: number;
  /** Members of all objects together. */
  readonly maxKeys: number;
}

export type JsonBodyResult =
  | {
      readonly ok: true;
      /** The very same object that came in when nothing was dropped. */
      readonly bytes: Uint8Array;
      /** JSON Pointers of what was dropped, at most 20. */
      readonly dropped: readonly string[];
    }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Checks the bytes of one JSON text: strict syntax, UTF-8, bounds, no duplicate member, then the schema. */
export type JsonBodyCheck = (bytes: Uint8Array) => JsonBodyResult;

/** Compiles schemas on first use and keeps them; one compiler serves one document. */
export interface SchemaCompiler {
  /** For values that were not JSON texts: parameters, form fields. Throws `SchemaCompileError` for a schema that cannot be compiled. */
  value(source: SchemaSource, direction: Direction): ValueCheck;
  /** For JSON bodies. Throws `SchemaCompileError` for a schema that cannot be compiled. */
  json(source: SchemaSource, direction: Direction, undeclared: UndeclaredMembers, bounds: JsonBounds): JsonBodyCheck;
  /** The schema in JSON Schema 2020-12, self-contained: references under `$defs`. What `value` and `json` are compiled from; also tells parameters their types. */
  normalized(source: SchemaSource, direction: Direction): NormalizedSchema;
  /** Where the `contentSchema` of an object of a normalized schema stands in the document; null where it has none. */
  content(schema: { readonly [keyword: string]: unknown }): SchemaSource | null;
}

/**
 * A self-contained JSON Schema 2020-12 (boolean or object); `places` maps a pointer in it to `file#pointer` in the document. What is in a text is
 * a document of its own, with a schema of its own: `contentSchema` refers to `file#pointer`, and `SchemaCompiler.content` finds what stands there.
 */
export interface NormalizedSchema {
  readonly schema: boolean | { readonly [keyword: string]: unknown };
  /** Whether anything in it says that a text is JSON. */
  readonly hasContent: boolean;
  place(pointer: string): string;
}

/** A schema that cannot be compiled: which one, and why. */
export class SchemaCompileError extends Error {
  override readonly name = 'SchemaCompileError';
  readonly source: SchemaSource;
  /** Why, without which. */
  readonly reason: string;

  constructor(source: SchemaSource, reason: string, options?: ErrorOptions) {
    super(`${source.file}#${source.pointer}: ${reason}`, options);
    this.source = source;
    this.reason = reason;
  }
}
