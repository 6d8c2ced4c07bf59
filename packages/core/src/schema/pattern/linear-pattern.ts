import { RE2JS } from 're2js';
import { parsePattern } from './parse-pattern.ts';
import { type PatternCost, patternCost } from './pattern-cost.ts';
import type { PatternNode } from './pattern-node.ts';
import { renderPattern } from './render-pattern.ts';
import { trimPattern } from './trim-pattern.ts';

/** A `pattern` of JSON Schema, ready to test text that a client sent. */
export interface LinearPattern {
  /** As authored. */
  readonly source: string;
  /** `native`: V8, proven linear. `re2`: a linear-time engine, 10 to 400 times slower. `bounded`: V8 for texts of at most `maxChars`, longer ones do not match. */
  readonly engine: 'native' | 're2' | 'bounded';
  /** Null unless the engine is `bounded`. UTF-16 code units. */
  readonly maxChars: number | null;
  /** For the operator, where the pattern keeps Sallyport from being fast or exact; null where there is nothing to say. */
  readonly warning: string | null;
  /** True when the pattern matches somewhere in the text (JSON Schema validation, 6.3.3: not anchored). Time is linear in the text, or the text is short. */
  test(text: string): boolean;
}

/** A pattern that is not a regular expression, or one whose time nothing can bound. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** Steps a bounded pattern may take for one text: some milliseconds. */
const MAX_STEPS = 10_000_000;
const MAX_BOUNDED_CHARS = 256;
/** Longer patterns are refused: nobody wrote them by hand, and compiling them takes memory in proportion. */
const MAX_SOURCE_CHARS = 20_000;

/**
 * Compiles a pattern as ECMA-262 reads it with the `u` flag, or without where it is only valid so (`\-`), such that no text makes it slow
 * (ReDoS). Throws `PatternError` on a text that is no regular expression, one longer than 20,000 characters, and one with lookaround or
 * backreferences that can take exponential time.
 */
export function compilePattern(source: string): LinearPattern {
  if (source.length > MAX_SOURCE_CHARS)
    throw new PatternError(`the pattern is longer than ${MAX_SOURCE_CHARS} characters`);
  const { expression, unicode } = nativeExpression(source);
  const node = parsed(source, unicode);
  if (node === null) throw new PatternError('the pattern uses syntax whose time cannot be bounded');
  const shorter = trimPattern(node);
  const cost = patternCost(shorter);
  if (cost.kind === 'linear') {
    // An Annex B pattern is written out anew so that it, too, sees code points and not halves of them.
    const rendered = unicode && shorter === node ? null : renderPattern(shorter, 'native');
    return native(source, rendered === null ? expression : new RegExp(rendered, 'u'));
  }
  return re2(source, node) ?? bounded(source, expression, cost);
}

function nativeExpression(source: string): { expression: RegExp; unicode: boolean } {
  try {
    return { expression: new RegExp(source, 'u'), unicode: true };
  } catch {
    try {
      return { expression: new RegExp(source), unicode: false };
    } catch (cause) {
      throw new PatternError('the pattern is not a regular expression of ECMA-262', { cause });
    }
  }
}

function parsed(source: string, unicode: boolean): PatternNode | null {
  try {
    return parsePattern(source, unicode);
  } catch {
    return null;
  }
}

function native(source: string, expression: RegExp): LinearPattern {
  return { source, engine: 'native', maxChars: null, warning: null, test: (text) => expression.test(text) };
}

/** Null where RE2 has no words for the pattern: lookaround, backreferences, more than 1000 repetitions. */
function re2(source: string, node: PatternNode): LinearPattern | null {
  const rendered = renderPattern(node, 're2');
  if (rendered === null) return null;
  try {
    const expression = RE2JS.compile(rendered);
    const warning = 'the pattern is not provably linear for a backtracking engine; a slower, linear one runs it';
    return { source, engine: 're2', maxChars: null, warning, test: (text) => expression.test(text) };
  } catch {
    return null;
  }
}

function bounded(source: string, expression: RegExp, cost: PatternCost): LinearPattern {
  if (cost.kind === 'exponential')
    throw new PatternError(
      'the pattern can take exponential time, and a linear-time engine cannot run it (lookaround, backreference or too many repetitions)',
    );
  const { factor, degree } = cost.kind === 'polynomial' ? cost : { factor: 1, degree: 1 };
  const maxChars = Math.min(
    degree === 1 ? MAX_STEPS : MAX_BOUNDED_CHARS,
    Math.floor((MAX_STEPS / factor) ** (1 / degree)),
  );
  const warning = `the pattern cannot be run in linear time (lookaround, backreference or too many repetitions): texts longer than ${maxChars} characters do not match it`;
  return {
    source,
    engine: 'bounded',
    maxChars,
    warning,
    test: (text) => text.length <= maxChars && expression.test(text),
  };
}
