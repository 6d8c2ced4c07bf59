import type { TypeGuide } from './type-guide.ts';

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
/** Keywords whose answer depends on the exact value in a way that limits do not: with one of them a wide integer is refused. */
const EXACT_KEYWORDS = ['enum', 'const', 'multipleOf', 'not', 'if', 'anyOf', 'oneOf'];

/** Inclusive bounds for integers beyond 2^53-1, compared exactly. */
export interface WideInteger {
  readonly least: bigint;
  readonly most: bigint;
}

/**
 * The bounds that integers beyond 2^53-1 must keep, or null where they are refused: they are taken only under `format: int64` or
 * `uint64`, since a JavaScript number would stand for a neighbour and the limit be checked against that one.
 */
export function compileWideInteger(guide: TypeGuide): WideInteger | null {
  if (EXACT_KEYWORDS.some((keyword) => guide.keyword(keyword).length > 0)) return null;
  let least: bigint | null = null;
  let most: bigint | null = null;
  const keep = (low: bigint | null, high: bigint | null) => {
    if (low !== null && (least === null || low > least)) least = low;
    if (high !== null && (most === null || high < most)) most = high;
  };
  for (const format of guide.keyword('format')) {
    const range = typeof format === 'string' && Object.hasOwn(RANGES, format) ? RANGES[format] : undefined;
    if (range !== undefined) keep(...range);
  }
  if (least === null || most === null) return null;
  for (const limit of numbers(guide, 'minimum')) keep(BigInt(Math.ceil(limit)), null);
  for (const limit of numbers(guide, 'maximum')) keep(null, BigInt(Math.floor(limit)));
  for (const limit of numbers(guide, 'exclusiveMinimum')) keep(BigInt(Math.floor(limit)) + 1n, null);
  for (const limit of numbers(guide, 'exclusiveMaximum')) keep(null, BigInt(Math.ceil(limit)) - 1n);
  return { least, most };
}

function numbers(guide: TypeGuide, keyword: string): number[] {
  return guide.keyword(keyword).filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}
