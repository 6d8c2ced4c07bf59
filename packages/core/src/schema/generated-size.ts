import { definitionOf } from './definition-of.ts';
import type { Schema } from './normalized-graph.ts';

/**
 * Members or branches that one schema may have for code to be generated of it. The code nests once for each: a thousand take seconds, and a
 * little more overflows the stack of whoever compiles it, or runs it for the first time.
 */
const MAX_WIDTH = 500;
/** Schemas within each other, through references too. The generator calls itself for each, and ends the call stack at two or three times as many. */
const MAX_DEPTH = 300;

const MAPS = ['properties', 'patternProperties', 'dependentSchemas'] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const SINGLE = [
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;

interface Visit {
  readonly node: unknown;
  readonly depth: number;
}

/** True where a schema, or one within it, has more members or branches, or stands deeper, than code is generated of. Enumerated values are no members. */
export function isTooLargeToGenerate(schema: Schema): boolean {
  const seen = new Set<unknown>();
  const waiting: Visit[] = [{ node: schema, depth: 0 }];
  const definitions = typeof schema === 'object' ? schema['$defs'] : undefined;
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const { node, depth } = visit;
    if (typeof node !== 'object' || node === null || seen.has(node)) continue;
    if (depth > MAX_DEPTH) return true;
    seen.add(node);
    const keywords = node as Readonly<Record<string, unknown>>;
    for (const keyword of [...MAPS, ...LISTS]) {
      const below = membersOf(keywords[keyword]);
      if (below.length > MAX_WIDTH) return true;
      for (const one of below) waiting.push({ node: one, depth: depth + 1 });
    }
    for (const keyword of SINGLE) waiting.push({ node: keywords[keyword], depth: depth + 1 });
    waiting.push({ node: definitionOf(definitions, keywords['$ref']), depth: depth + 1 });
  }
  return false;
}

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
