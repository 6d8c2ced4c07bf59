import type { JsonBounds, UndeclaredMembers } from '../schema/schema-compiler.ts';
import type { ByteTest } from './byte-test.ts';
import { numberEnd, spaceEnd, stringEnd, stringFacts } from './json-text.ts';
import {
  BAIL,
  colonEnd,
  DEEPEST,
  endWalk,
  findMember,
  names,
  numberRead,
  otherName,
  plainName,
  readNumber,
  skipValue,
  startWalk,
  state,
  textOf,
  uniqueItems,
  unknownName,
  withoutCuts,
} from './walker-runtime.ts';
import type { ScalarRules, TextRule, TextTest } from './walker-scalar-source.ts';
import { type Walk, WalkFunctions } from './walk-functions.ts';
import { WalkWriter } from './walk-writer.ts';
import { type Schema, UnsupportedShape, WalkerRoot } from './walker-root.ts';

export interface WalkerOptions {
  readonly undeclared: UndeclaredMembers;
  readonly bounds: JsonBounds;
  /** Formats that are asserted on strings; others assert nothing there. */
  readonly formats: ReadonlyMap<string, TextTest>;
  /** Compiles a `pattern`; may throw, and then there is no walker. */
  readonly pattern: (source: string) => TextTest;
  /** Tests on bytes for some of `formats`, several times as fast; each means what the one on texts of its name means. Default none. */
  readonly byteFormats?: ReadonlyMap<string, ByteTest>;
  /** A test on bytes that means what `pattern` of the same source means, or null where there is none. Asked after `pattern`. Default none. */
  readonly bytePattern?: (source: string) => ByteTest | null;
  /** True where an object with an undeclared member that differs from a declared one in case only is for the slow path. Default false. */
  readonly caseVariants?: boolean;
  /**
   * The functions of walkers compiled before, which this one calls where it comes to the same schemas, and adds to. In all of them the same object as a schema refers to the same
   * objects, and `formats`, `pattern`, `byteFormats` and `bytePattern` are the same. A schema that refers to the whole as `#` has no walker then. Default none.
   */
  readonly functions?: WalkFunctions;
}

/** The same bytes when they are valid and nothing is dropped, fewer when members were dropped, null when that is for the slow path to say. */
export type JsonWalker = (bytes: Uint8Array) => Uint8Array | null;

/**
 * Compiles a self-contained JSON Schema 2020-12 (references as `#/$defs/NAME` or `#`) to a function that checks the bytes of a JSON text in
 * one pass: the syntax and bounds of `scanJson`, then the schema, leaving out undeclared members when told to `strip`. Null for a
 * schema with keywords or combinations that walkers do not do: the slow path serves those.
 *
 * A walker is sure when it accepts and never when it does not: null means invalid or not decided (escaped names among known ones,
 * nesting beyond 256, numbers beyond double range, costly unions), and the slow path then says which. Linear in the bytes; never throws
 * unless a format or pattern does.
 *
 * The source it makes holds no text of the schema, only numbers, so a hostile document cannot put code into it.
 */
export function compileWalker(schema: Schema, options: WalkerOptions): JsonWalker | null {
  const rules: ScalarRules = {
    format: (name) => textRule(options.formats.get(name), options.byteFormats?.get(name)),
    pattern: patternCompiler(options),
    tests: [],
    byteTests: [],
    multiples: [],
    names: [],
    lookalikes: options.caseVariants === true ? [] : null,
  };
  const maxDepth = Math.max(0, Math.min(options.bounds.maxDepth, DEEPEST));
  const { maxKeys } = options.bounds;
  let walk: Walk;
  try {
    walk = walkOf(schema, rules, options, maxDepth);
  } catch (error) {
    // A RangeError is a schema nested beyond the stack, or source that nests as deep.
    if (error instanceof UnsupportedShape || error instanceof RangeError) return null;
    throw error;
  }
  return (bytes) => {
    let end = bytes.length;
    while (end > 0 && isSpace(bytes[end - 1] as number)) end--;
    const start = spaceEnd(bytes, 0, end);
    if (start === end) return null;
    startWalk(bytes, maxDepth);
    try {
      const first = bytes[start] as number;
      const closed = first === 0x7b || first === 0x5b;
      // Walks rely on a closing bracket in the last place; a scalar gets one lent.
      const text = closed ? bytes : lentBracket(bytes, end);
      if (closed && bytes[end - 1] !== first + 2) return null;
      if (walk(text, closed ? end : end + 1, start, 0) !== end || state.keys > maxKeys) return null;
      return state.cuts.length === 0 ? bytes : withoutCuts(bytes, state.cuts);
    } catch (error) {
      // Code is read when it first runs: source that nests beyond the stack then says so, like a value that does.
      if (error instanceof RangeError) return null;
      throw error;
    } finally {
      endWalk();
    }
  };
}

/** A pattern that cannot be compiled is a shape that walkers do not do. */
function patternCompiler(options: WalkerOptions): (source: string) => TextRule {
  return (source) => {
    try {
      return { test: options.pattern(source), byteTest: options.bytePattern?.(source) ?? null };
    } catch {
      throw new UnsupportedShape('a pattern that does not compile');
    }
  };
}

function textRule(test: TextTest | undefined, byteTest: ByteTest | undefined): TextRule | null {
  return test === undefined ? null : { test, byteTest: byteTest ?? null };
}

const RUNTIME = {
  BAIL,
  F: stringFacts,
  N: names,
  S: state,
  V: numberRead,
  colon: colonEnd,
  find: findMember,
  num: numberEnd,
  otherName,
  plainName,
  readNumber,
  skip: skipValue,
  str: stringEnd,
  text: textOf,
  unique: uniqueItems,
  unknownName,
  ws: spaceEnd,
};

function walkOf(schema: Schema, rules: ScalarRules, options: WalkerOptions, maxDepth: number): Walk {
  const functions = options.functions ?? new WalkFunctions();
  const whole = new WalkerRoot(schema, options.functions !== undefined);
  const { root, keys, called, source } = new WalkWriter(whole, rules, functions, maxDepth).write(options.undeclared);
  const walks = keys.length === 0 ? [] : evaluate(source, rules, called);
  for (const [index, key] of keys.entries()) functions.set(key, walks[index] as Walk);
  return functions.get(root) as Walk;
}

function evaluate(source: string, rules: ScalarRules, called: readonly Walk[]): readonly Walk[] {
  const prologue = `const {${Object.keys(RUNTIME).join()}}=R;`;
  // The source holds fixed pieces and numbers only, see `WalkerSource`; a test injects through every text of a schema.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function('R', 'T', 'B', 'M', 'D', 'K', 'W', `${prologue}return (function(){${source}})();`)(
    RUNTIME,
    rules.tests,
    rules.byteTests,
    rules.multiples,
    rules.names,
    rules.lookalikes,
    called,
  ) as readonly Walk[];
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function lentBracket(bytes: Uint8Array, end: number): Uint8Array {
  const text = new Uint8Array(end + 1);
  text.set(bytes.subarray(0, end));
  text[end] = 0x7d;
  return text;
}
