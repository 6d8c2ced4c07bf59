import type { Schema } from './normalized-graph.ts';

/**
 * Members or branches that one schema may have for code to be generated of it. The code nests once for each: a thousand take seconds, and a
 * little more overflows the stack of whoever compiles it, or runs it for the first time.
 */
const MAX_WIDTH = 500;

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

/** True where a schema, or one within it, has more members or branches than code is generated of. Enumerated values are none. */
export function isTooWideToGenerate(schema: Schema): boolean {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null || seen.has(node)) continue;
    seen.add(node);
    const keywords = node as Readonly<Record<string, unknown>>;
    for (const keyword of [...MAPS, ...LISTS]) {
      const below = membersOf(keywords[keyword]);
      if (below.length > MAX_WIDTH) return true;
      for (const one of below) waiting.push(one);
    }
    // Each of them is a function of its own.
    for (const one of membersOf(keywords['$defs'])) waiting.push(one);
    for (const keyword of SINGLE) waiting.push(keywords[keyword]);
  }
  return false;
}

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
