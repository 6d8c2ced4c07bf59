/**
 * One segment of a path template with text around or between its expressions: `{name}.json`, `{a}-{b}`, `{id}:cancel`.
 * `literals` stand before, between and after the expressions: one more than there are expressions, outer ones maybe empty.
 */
export interface SegmentPattern {
  readonly literals: readonly string[];
}

/** Splits a template's segment at its expressions. Null for a segment without any. */
export function parseSegment(segment: string, canonical: (literal: string) => string): SegmentPattern | null {
  const literals: string[] = [];
  let start = 0;
  for (;;) {
    const open = segment.indexOf('{', start);
    const close = open < 0 ? -1 : segment.indexOf('}', open);
    if (close < 0) break;
    literals.push(canonical(segment.slice(start, open)));
    start = close + 1;
  }
  if (literals.length === 0) return null;
  literals.push(canonical(segment.slice(start)));
  return { literals };
}

/** Whether the segment is one expression and nothing else. */
export function isWholeSegment(pattern: SegmentPattern): boolean {
  return pattern.literals.length === 2 && pattern.literals[0] === '' && pattern.literals[1] === '';
}

/**
 * Matches a segment and appends the values, or appends nothing. Each value is the shortest that lets its following text occur, and none
 * is empty; the last reaches up to the closing text. One pass, no backtracking: what the shortest reading cannot match is no match.
 */
export function matchSegment(pattern: SegmentPattern, segment: string, values: string[]): boolean {
  const { literals } = pattern;
  const first = literals[0] ?? '';
  const last = literals[literals.length - 1] ?? '';
  const end = segment.length - last.length;
  if (end <= first.length || !segment.startsWith(first) || !segment.endsWith(last)) return false;
  const before = values.length;
  let start = first.length;
  for (let index = 1; index < literals.length - 1; index++) {
    const literal = literals[index] ?? '';
    const at = segment.indexOf(literal, start + 1);
    if (at < 0 || at + literal.length >= end) {
      values.length = before;
      return false;
    }
    values.push(segment.slice(start, at));
    start = at + literal.length;
  }
  values.push(segment.slice(start, end));
  return true;
}

/** More literal text first, then fewer expressions, then by text: an order that does not depend on the document's. */
export function comparePatterns(left: SegmentPattern, right: SegmentPattern): number {
  const byText = right.literals.join('').length - left.literals.join('').length;
  if (byText !== 0) return byText;
  const byCount = left.literals.length - right.literals.length;
  if (byCount !== 0) return byCount;
  return patternKey(left) < patternKey(right) ? -1 : 1;
}

/** Equal for patterns that differ in the names of their expressions only. */
export function patternKey(pattern: SegmentPattern): string {
  return pattern.literals.join('{}');
}
