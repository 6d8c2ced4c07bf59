import type { ApiDocument, MediaType, SchemaSource } from '../../openapi/model.ts';
import type { Direction, JsonBounds, SchemaCompiler, UndeclaredMembers } from '../../schema/schema-compiler.ts';
import type { BodyResult } from './body-result.ts';
import type { ParsedMediaType } from './media-type.ts';

/** What the check of a body is compiled from, beside its media type. */
export interface BodyContext {
  readonly direction: Direction;
  readonly undeclared: UndeclaredMembers;
  /** Undeclared fields that could be taken for declared ones. Default `pass`. */
  readonly lookalikes?: 'refuse' | 'pass';
  readonly bounds: JsonBounds;
  /** One item of a stream, at most. */
  readonly maxItemBytes: number;
  readonly schemas: SchemaCompiler;
  readonly document: Pick<ApiDocument, 'resolveSchema'>;
}

/** Checks a stream item by item. What `push` and `end` give may go on: whole items that were checked, and nothing else. */
export interface StreamCheck {
  push(chunk: Uint8Array): BodyResult;
  end(): BodyResult;
}

/** The check of one media type in one format. With neither `whole` nor `items`, the body is not looked into. */
export interface FormatCheck {
  /** Checks the bytes of a whole body. */
  readonly whole: ((bytes: Uint8Array, type: ParsedMediaType) => BodyResult) | null;
  /** Begins the check of a stream; null where the format is no stream of items. */
  readonly items: (() => StreamCheck) | null;
  /** Why the body, or something in it, is not checked; null where all of it is. */
  readonly unchecked: string | null;
}

/** A format with nothing to check, and why. */
export function notChecked(unchecked: string): FormatCheck {
  return { whole: null, items: null, unchecked };
}

/** The schema of a media type, or one that allows everything where it has none: bytes are still held to their syntax. */
export function schemaOrAnything(media: MediaType): SchemaSource {
  return media.schema ?? { file: media.file, pointer: media.pointer, dialect: 'json-schema-2020-12', node: true };
}

/** Without a schema nothing is undeclared: dropping or refusing everything would be absurd. */
export function undeclaredFor(source: SchemaSource | null, context: BodyContext): UndeclaredMembers {
  return source === null ? 'as-declared' : context.undeclared;
}
