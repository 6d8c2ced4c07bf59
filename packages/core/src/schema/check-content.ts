import { parsePointer } from '../json/json-pointer.ts';
import { scanJson } from '../json/scan-json.ts';
import type { SchemaSource } from '../openapi/model.ts';
import type { AppliedSchema } from './applied-schema.ts';
import type { ContentCheck, SchemaNode } from './normalized-graph.ts';
import type { JsonBodyCheck, JsonBounds } from './schema-compiler.ts';
import { contentBytes, jsonEncodingOf } from './text-content.ts';
import type { ValuePath } from './value-path.ts';

export interface ContentCheckOptions {
  readonly bounds: JsonBounds;
  /** Where the schema of the content stands; null where nothing is said but that it is JSON. */
  readonly sourceOf: (schema: SchemaNode) => SchemaSource | null;
  /** What has to hold of it; asked when the first text comes, as content may hold itself. */
  readonly compile: (source: SchemaSource) => JsonBodyCheck;
}

/** Makes the check of what is in texts: that they are decoded to JSON, without a member twice and within bounds, of which `contentSchema` holds. */
export function createContentCheck({ bounds, sourceOf, compile }: ContentCheckOptions): ContentCheck {
  return (schema) => {
    const encoding = jsonEncodingOf(schema);
    if (encoding === null) return null;
    const source = sourceOf(schema);
    let check: JsonBodyCheck | null = null;
    return (text) => {
      const bytes = contentBytes(text, encoding);
      if (bytes === null)
        return [{ pointer: '', schema: '', keyword: 'contentEncoding', message: `must be written in ${encoding}` }];
      const problem = scanJson(bytes, bounds);
      if (problem !== null)
        return [{ pointer: problem.pointer, schema: '', keyword: 'contentMediaType', message: problem.message }];
      if (source === null) return null;
      const result = (check ??= compile(source))(bytes);
      return result.ok ? null : result.issues;
    };
  };
}

/** Holds a text to what its schema says of its content. Places within go on from that of the text, as if it were no text. */
export function checkContent(applied: AppliedSchema, text: string): void {
  const issues = applied.options.graph.contents?.(applied.schema)?.(text) ?? [];
  for (const { pointer, schema, keyword, message } of issues) {
    if (schema === '') applied.fail(keyword, message, below(applied.path, pointer));
    else applied.failAt(schema, keyword, message, below(applied.path, pointer));
  }
}

function below(path: ValuePath, pointer: string): ValuePath {
  return parsePointer(pointer).reduce<ValuePath>((parent, token) => ({ parent, token }), path);
}
