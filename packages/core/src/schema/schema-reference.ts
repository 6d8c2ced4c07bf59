import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { joinPointer } from '../json/json-pointer.ts';
import type { ApiDocument, SchemaSource } from '../openapi/model.ts';
import { SchemaCompileError } from './schema-compiler.ts';

/** What following references needs of a document. */
export type ReferenceResolver = Pick<ApiDocument, 'resolveSchema' | 'isCircular' | 'brokenLink'>;

/** What is wrong where `resolveSchema` gave nothing. Of a chain it is told of the link that leads nowhere: the others have nothing to be corrected. */
export function unresolved(document: ReferenceResolver, source: SchemaSource, reference: string): SchemaCompileError {
  if (document.isCircular?.(source, reference) === true)
    return new SchemaCompileError(source, `"${reference}" leads back to itself`);
  const broken = document.brokenLink?.(source, reference) ?? { source, reference, reason: null };
  const isPlain = broken.reason === null || broken.reason === `${broken.reference} leads nowhere`;
  const why = isPlain ? '' : `: ${broken.reason}`;
  return new SchemaCompileError(broken.source, `"${broken.reference}" leads to nothing${why}`);
}

/** `file#pointer`: one schema of the document, whatever way led to it. */
export function placeOf(source: SchemaSource): string {
  return `${source.file}#${source.pointer}`;
}

/** The schema that stands at `tokens` below this one. */
export function below(source: SchemaSource, node: JsonValue, ...tokens: readonly (string | number)[]): SchemaSource {
  return { file: source.file, pointer: joinPointer(source.pointer, ...tokens), dialect: source.dialect, node };
}

/** The `$ref` of a schema; null where it has none. */
export function referenceOf(node: JsonValue): string | null {
  if (!isObject(node) || !Object.hasOwn(node, '$ref')) return null;
  return typeof node['$ref'] === 'string' ? node['$ref'] : null;
}

/** True where a `$ref` hides the keywords beside it: everywhere before JSON Schema 2019-09. */
export function isBareReference(source: SchemaSource): boolean {
  return source.dialect !== 'json-schema-2020-12' && referenceOf(source.node) !== null;
}

/** The keywords of a schema, and what it refers to: this schema first, then each target of `$ref` in turn. Stops at a loop or a broken reference. */
export function* referenceChain(document: ReferenceResolver, source: SchemaSource): Generator<SchemaSource> {
  const seen = new Set<string>();
  let current: SchemaSource | null = source;
  while (current !== null && !seen.has(placeOf(current))) {
    seen.add(placeOf(current));
    yield current;
    const reference = referenceOf(current.node);
    current = reference === null ? null : document.resolveSchema(current, reference);
  }
}

/** The schemas listed under a keyword such as `allOf`; none where it is absent or hidden by a `$ref`. */
export function listedSchemas(source: SchemaSource, keyword: string): SchemaSource[] {
  if (!isObject(source.node) || isBareReference(source)) return [];
  const list = Object.hasOwn(source.node, keyword) ? source.node[keyword] : undefined;
  return Array.isArray(list) ? list.map((node, i) => below(source, node as JsonValue, keyword, i)) : [];
}

/** The schemas of a map keyword such as `properties`; none where it is absent or hidden by a `$ref`. */
export function mappedSchemas(source: SchemaSource, keyword: string): [string, SchemaSource][] {
  if (!isObject(source.node) || isBareReference(source)) return [];
  const map = Object.hasOwn(source.node, keyword) ? source.node[keyword] : undefined;
  return isObject(map)
    ? Object.entries(map as JsonObject).map(([name, node]) => [name, below(source, node, keyword, name)])
    : [];
}
