import { oncePer } from '../../once-per.ts';
import { readInteger, readNumber } from './exact-number.ts';
import { ARRAY, BOOLEAN, INTEGER, NULL, NUMBER, OBJECT, STRING, type TypeGuide, type TypeSet } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';
import { compileWideInteger, type WideInteger } from './wide-integer.ts';

const INEXACT = new Undecodable('format', 'must be a number that can be checked without rounding');
const OUT_OF_RANGE = new Undecodable('format', 'must be within the limits of its format');

/** Text to scalar. With `asString`, a schema that allows strings gets the text itself. */
export type ScalarReader = (text: string, asString: boolean) => unknown;

/** The reader for a place, compiled once. */
export const scalarReader = oncePer(compileScalarReader);

/** True where one text can be read as more than one type, so that a refusal of the first reading is not the last word. */
export function isAmbiguous(types: TypeSet): boolean {
  return (types & STRING) !== 0 && (types & (INTEGER | NUMBER | BOOLEAN | NULL)) !== 0;
}

/**
 * Compiles the reader of one scalar: the most specific type that the schema allows and the text fits, in the order integer,
 * number, boolean, null, string. Numbers follow the grammar of JSON, booleans are exactly `true` or `false`. A schema that allows
 * no scalar at all gets the text, and refuses it.
 */
function compileScalarReader(guide: TypeGuide): ScalarReader {
  const types = guide.types;
  if ((types & (INTEGER | NUMBER | BOOLEAN | NULL)) === 0) return (text) => text;
  const refusal = new Undecodable('type', `must be ${namesOf(types)}`);
  const wide = (types & INTEGER) === 0 ? null : compileWideInteger(guide);
  return (text, asString) => {
    if (asString && (types & STRING) !== 0) return text;
    const number =
      (types & NUMBER) !== 0 ? readNumber(text) : (types & INTEGER) !== 0 ? readIntegerWithin(text, wide) : 'malformed';
    if (typeof number === 'number' || number instanceof Undecodable) return number;
    if ((types & BOOLEAN) !== 0) {
      if (text === 'true') return true;
      if (text === 'false') return false;
    }
    if ((types & NULL) !== 0 && text === 'null') return null;
    if ((types & STRING) !== 0) return text;
    return number === 'inexact' ? INEXACT : refusal;
  };
}

function readIntegerWithin(text: string, wide: WideInteger | null): number | 'malformed' | 'inexact' | Undecodable {
  const value = readInteger(text);
  if (value !== 'inexact' || wide === null) return value;
  const exact = BigInt(text);
  return exact >= wide.least && exact <= wide.most ? Number(exact) : OUT_OF_RANGE;
}

function namesOf(types: TypeSet): string {
  const names: string[] = [];
  if ((types & NUMBER) !== 0) names.push('a number');
  else if ((types & INTEGER) !== 0) names.push('an integer in plain digits');
  if ((types & BOOLEAN) !== 0) names.push('true or false');
  if ((types & NULL) !== 0) names.push('null');
  if ((types & ARRAY) !== 0) names.push('an array');
  if ((types & OBJECT) !== 0) names.push('an object');
  return names.join(' or ');
}
