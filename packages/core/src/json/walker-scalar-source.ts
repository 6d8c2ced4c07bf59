import type { ByteTest } from './byte-test.ts';
import type { Lookalikes } from './lookalikes.ts';
import { createMultipleOf } from './multiple-of.ts';
import { textMatchSource } from './text-match.ts';
import { UnsupportedShape } from './walker-root.ts';
import {
  BOOLEAN,
  FRACTION,
  INTEGER,
  leafKinds,
  NULL,
  NUMBER,
  numbersOf,
  type Shape,
  STRING,
  scalarsOf,
  textsOf,
} from './walker-shape.ts';

/** True for a text that a pattern, a format or a long `enum` lets through. */
export type TextTest = (text: string) => boolean;

/** A pattern or a format. */
export interface TextRule {
  readonly test: TextTest;
  /** Asked first, where the bytes of a string are its text. */
  readonly byteTest: ByteTest | null;
}

export interface ScalarRules {
  /** Null for a format that is not asserted. */
  readonly format: (name: string) => TextRule | null;
  readonly pattern: (source: string) => TextRule;
  /** Tests the source calls as `T[index]`. */
  readonly tests: TextTest[];
  /** Tests the source calls as `B[index]`. */
  readonly byteTests: ByteTest[];
  /** Tests for `multipleOf` the source calls as `M[index]`. */
  readonly multiples: ((value: number) => boolean)[];
  /** Names of members the source looks for as `D[index]`. */
  readonly names: Uint8Array[];
  /** Names that others may not pass for, asked as `K[index]`; null where they may. */
  readonly lookalikes: Lookalikes[] | null;
}

/** Longer lists of texts are looked up in a Set instead of being compared byte by byte. */
const MAX_COMPARED_TEXTS = 100;

type Scalar = string | number | boolean | null;

/** The kinds of value the leaves of a shape let through, `enum` and `const` included. */
export function kindsOf(shape: Shape): number {
  const kinds = leafKinds(shape);
  const scalars = scalarsOf(shape);
  return scalars === null ? kinds : kinds & scalars.reduce<number>((all, scalar) => all | kindOf(scalar), 0);
}

function kindOf(scalar: Scalar): number {
  if (scalar === null) return NULL;
  if (typeof scalar === 'string') return STRING;
  if (typeof scalar === 'boolean') return BOOLEAN;
  return Number.isInteger(scalar) ? INTEGER : FRACTION;
}

/** Source for a string at `b[i]`, its opening quote. Leaves `i` after it, or returns. */
export function stringSource(shape: Shape, rules: ScalarRules): string {
  const shortest = Math.max(0, ...lengthsOf(shape, 'minLength'));
  const longest = Math.min(Number.MAX_SAFE_INTEGER, ...lengthsOf(shape, 'maxLength'));
  const asked: TextRule[] = [];
  for (const name of textsOf(shape, 'format')) {
    const rule = rules.format(name);
    if (rule !== null) asked.push(rule);
  }
  for (const source of textsOf(shape, 'pattern')) asked.push(rules.pattern(source));

  const scalars = scalarsOf(shape);
  if (scalars !== null) {
    const texts = scalars.filter((scalar): scalar is string => typeof scalar === 'string');
    const left = texts.filter((text) => {
      const length = [...text].length;
      return length >= shortest && length <= longest && asked.every(({ test }) => test(text));
    });
    if (left.length <= MAX_COMPARED_TEXTS) {
      const match = textMatchSource(left.map((text) => [text, (length) => `p=1;i+=${length + 1};`]));
      return `i++;p=0;${match}if(p===0){j=str(b,i,n);return j<0||F.escaped?BAIL:~j;}`;
    }
    const set = new Set(left);
    return `j=str(b,i+1,n);if(j<0)return BAIL;${askSource({ test: (text) => set.has(text), byteTest: null }, rules)}i=j+1;`;
  }

  const bounds: string[] = [];
  if (shortest > 0) bounds.push(`x<${shortest}`);
  if (longest < Number.MAX_SAFE_INTEGER) bounds.push(`x>${longest}`);
  if (bounds.length === 0 && asked.length === 0) return 'i=str(b,i+1,n);if(i<0)return BAIL;i++;';
  const length = bounds.length === 0 ? '' : `x=j-i-1-F.surplus;if(${bounds.join('||')})return ~j;`;
  return `j=str(b,i+1,n);if(j<0)return BAIL;${length}${asked.map((rule) => askSource(rule, rules)).join('')}i=j+1;`;
}

/** Source that asks about the string between `i` and `j`: its bytes where they can tell, else its text. */
function askSource({ test, byteTest }: TextRule, rules: ScalarRules): string {
  rules.tests.push(test);
  const fails = `!T[${rules.tests.length - 1}](text(b,i+1,j))`;
  if (byteTest === null) return `if(${fails})return ~j;`;
  rules.byteTests.push(byteTest);
  return `x=F.escaped?-1:B[${rules.byteTests.length - 1}](b,i+1,j);if(x!==1&&(x===0||${fails}))return ~j;`;
}

function lengthsOf(shape: Shape, keyword: string): number[] {
  const lengths = numbersOf(shape, keyword);
  if (lengths.some((length) => !Number.isSafeInteger(length) || length < 0))
    throw new UnsupportedShape(`${keyword} is a count`);
  return lengths;
}

/** The counts of `minItems`, `maxItems`, `minProperties` or `maxProperties` as conditions that fail. */
export function countFailures(shape: Shape, least: string, most: string): string[] {
  const failures: string[] = [];
  const fewest = Math.max(0, ...lengthsOf(shape, least));
  const many = Math.min(Number.MAX_SAFE_INTEGER, ...lengthsOf(shape, most));
  if (fewest > 0) failures.push(`m<${fewest}`);
  if (many < Number.MAX_SAFE_INTEGER) failures.push(`m>${many}`);
  return failures;
}

/** Source for a number at `b[i]`. Leaves `i` after it, or returns. */
export function numberSource(shape: Shape, rules: ScalarRules): string {
  const wrong: string[] = [];
  if ((kindsOf(shape) & NUMBER) === INTEGER) wrong.push('!Number.isInteger(x)');
  for (const bound of numbersOf(shape, 'minimum')) wrong.push(`x<${literalOf(bound)}`);
  for (const bound of numbersOf(shape, 'maximum')) wrong.push(`x>${literalOf(bound)}`);
  for (const bound of numbersOf(shape, 'exclusiveMinimum')) wrong.push(`x<=${literalOf(bound)}`);
  for (const bound of numbersOf(shape, 'exclusiveMaximum')) wrong.push(`x>=${literalOf(bound)}`);
  const scalars = scalarsOf(shape)?.filter((scalar) => typeof scalar === 'number');
  if (scalars !== undefined)
    wrong.push(`!(${scalars.map((scalar) => `x===${literalOf(scalar)}`).join('||') || 'false'})`);

  for (const divisor of numbersOf(shape, 'multipleOf')) {
    if (divisor <= 0) throw new UnsupportedShape('multipleOf is positive');
    rules.multiples.push(createMultipleOf(divisor));
    wrong.push(`!M[${rules.multiples.length - 1}](x)`);
  }
  const unsure = numberFormatDoubts(shape);
  if (wrong.length === 0 && unsure.length === 0) return 'i=num(b,i,n);if(i<0)return BAIL;';
  const fails = wrong.length === 0 ? '' : `if(${wrong.join('||')})return ~j;`;
  const bails = unsure.length === 0 ? '' : `if(${unsure.join('||')})return BAIL;`;
  return `j=readNumber(b,i,n);if(j<0)return BAIL;x=V[0];${fails}${bails}i=j;`;
}

/** Where the formats of numbers are nearly broken the slow path decides; other formats assert nothing of a number. */
function numberFormatDoubts(shape: Shape): string[] {
  const doubts: string[] = [];
  for (const format of textsOf(shape, 'format')) {
    if (format === 'int32') doubts.push('!(Number.isInteger(x)&&x>=-2147483648&&x<=2147483647)');
    else if (format === 'int64') doubts.push('!Number.isSafeInteger(x)');
    else if (format === 'float') doubts.push('Math.abs(x)>3.4028234663852886e38');
  }
  return doubts;
}

/** A finite number as source; what the document says in a number's place never gets this far unless it is a number. */
function literalOf(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new UnsupportedShape('a bound is a number');
  return `(${String(value)})`;
}

const LITERALS: readonly (readonly [value: boolean | null, kind: number, text: string])[] = [
  [true, BOOLEAN, 'true'],
  [false, BOOLEAN, 'false'],
  [null, NULL, 'null'],
];

/** Sources for the literals a shape lets through, each with its condition on `c` and `b`. */
export function literalSources(shape: Shape): { readonly condition: string; readonly body: string }[] {
  const kinds = kindsOf(shape);
  const scalars = scalarsOf(shape);
  return LITERALS.filter(([value, kind]) => (kinds & kind) !== 0 && (scalars === null || scalars.includes(value))).map(
    ([, , text]) => {
      const rest = [...text].slice(1).map((letter, index) => `b[i+${index + 1}]===${letter.charCodeAt(0)}`);
      return { condition: `c===${text.charCodeAt(0)}&&${rest.join('&&')}`, body: `i+=${text.length};` };
    },
  );
}
