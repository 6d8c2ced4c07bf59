import { canonicalLiteral } from '../stages/head/canonical-path.ts';
import { isObject } from '../json/json-value.ts';
import type { ApiDocument, Operation, SchemaSource } from '../openapi/model.ts';
import { matchSegment, parseSegment, type SegmentPattern } from './segment-pattern.ts';

/** Gives the values of a template's expressions as their schemas have it: those that the router found, or the same text divided elsewhere. */
export type PathReading = (values: readonly string[]) => readonly string[];

/** A segment with several expressions, the last of which takes listed texts only. */
interface ClosedSegment {
  /** Of its first expression among those of the template. */
  readonly first: number;
  /** Of its last. */
  readonly last: number;
  /** What stands between its expressions. */
  readonly between: readonly string[];
  /** The listed texts as they stand in canonical paths. */
  readonly closings: readonly string[];
  /** The expressions before the last, without what stands around them. */
  readonly rest: SegmentPattern;
}

/**
 * How an operation reads segments such as `{position}.{ext}` and `{id}{extension}`. The shortest reading of `37.8,-122.2.json` has the extension
 * `8,-122.2.json`; where the last parameter lists what it takes, that says where it begins. Null where nothing of the path is to be read so.
 */
export function compilePathReading(operation: Operation, document: ApiDocument): PathReading | null {
  const segments: ClosedSegment[] = [];
  let first = 0;
  for (const text of operation.path.split('/')) {
    const pattern = parseSegment(text, canonicalLiteral);
    if (pattern === null) continue;
    const count = pattern.literals.length - 1;
    if (count > 1) {
      const closings = listedTexts(operation, text.slice(text.lastIndexOf('{') + 1, text.lastIndexOf('}')), document);
      const between = pattern.literals.slice(1, -1);
      if (closings !== null) {
        const rest = { literals: ['', ...between.slice(0, -1), ''] };
        segments.push({ first, last: first + count - 1, between, closings, rest });
      }
    }
    first += count;
  }
  return segments.length === 0 ? null : (values) => segments.reduce(readSegment, values);
}

function readSegment(values: readonly string[], segment: ClosedSegment): readonly string[] {
  const { first, last, between, closings, rest } = segment;
  if (closings.includes(values[last] as string)) return values;
  let text = values[first] as string;
  for (let index = first; index < last; index++) text += `${between[index - first]}${values[index + 1]}`;
  const divider = between.at(-1) as string;
  for (const closing of closings) {
    if (!text.endsWith(divider + closing)) continue;
    const read = values.slice(0, first);
    if (!matchSegment(rest, text.slice(0, text.length - divider.length - closing.length), read)) continue;
    read.push(closing, ...values.slice(last + 1));
    return read;
  }
  return values;
}

/** The texts that a path parameter lists, as its style writes them; null where it takes others. */
function listedTexts(operation: Operation, name: string, document: ApiDocument): readonly string[] | null {
  const parameter = operation.parameters.find((one) => one.in === 'path' && one.name === name);
  if (parameter === undefined || parameter.style === 'matrix' || parameter.schema === null) return null;
  const listed = listOf(parameter.schema, document);
  if (listed === null || listed.length === 0) return null;
  const texts: string[] = [];
  for (const value of listed) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
    if (value !== '') texts.push(canonicalLiteral(parameter.style === 'label' ? `.${value}` : String(value)));
  }
  // Of `json` and `geo.json`, what could be either is the longer.
  return texts.sort((left, right) => right.length - left.length);
}

function listOf(schema: SchemaSource, document: ApiDocument): readonly unknown[] | null {
  let source: SchemaSource | null = schema;
  while (source !== null && isObject(source.node)) {
    const { node }: SchemaSource = source;
    if (Array.isArray(node['enum'])) return node['enum'];
    if (Object.hasOwn(node, 'const') && source.dialect === 'json-schema-2020-12') return [node['const']];
    // Chains are followed by the document, which knows those that lead nowhere.
    const reference: unknown = node['$ref'];
    if (typeof reference !== 'string') return null;
    const target = document.resolveSchema(source, reference);
    if (target === source) return null;
    source = target;
  }
  return null;
}
