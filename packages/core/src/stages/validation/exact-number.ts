/** The number grammar of JSON (RFC 8259, section 6): no `0x10`, `+1`, ` 1`, `1_000`, `.5`, `Infinity`, and no leading zeros. */
const NUMBER_TEXT = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const INTEGER_TEXT = /^-?(?:0|[1-9][0-9]*)$/;
/** Decimals of up to 15 digits each have a double of their own, in the same order; beyond that, rounding can cross a limit. */
const SAFE_DIGITS = 15;
/** No number that anybody means is longer; BigInt and comparison stay cheap. */
const MAX_LENGTH = 400;

/** `inexact`: well formed, but the value a double can hold is another one. */
export type NumberReading = number | 'malformed' | 'inexact';

/**
 * Reads a number without rounding past a limit: what has more than 15 significant digits is taken only if it is the shortest
 * name of its double (what `String(value)` prints), so that two different texts are never checked as the same value.
 */
export function readNumber(text: string): NumberReading {
  if (text.length > MAX_LENGTH || !NUMBER_TEXT.test(text)) return 'malformed';
  const value = Number(text);
  if (text.length <= SAFE_DIGITS && !/[eE]/.test(text)) return value;
  if (!Number.isFinite(value)) return 'inexact';
  const read = toDecimal(text);
  const kept = toDecimal(String(value));
  if (read.digits === kept.digits && read.exponent === kept.exponent) return value;
  return read.digits.length <= SAFE_DIGITS && Math.abs(value) > 1e-290 ? value : 'inexact';
}

/** Reads an integer written in plain digits (no `1.0`, no `1e3`: readers differ). Beyond 2^53-1 it is `inexact`. */
export function readInteger(text: string): NumberReading {
  if (text.length > MAX_LENGTH || !INTEGER_TEXT.test(text)) return 'malformed';
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : 'inexact';
}

/** Significant digits without zeros at either end, and the exponent of the last one. */
function toDecimal(text: string): { readonly digits: string; readonly exponent: number } {
  const mark = text.search(/[eE]/);
  const mantissa = mark < 0 ? text : text.slice(0, mark);
  let exponent = mark < 0 ? 0 : Number(text.slice(mark + 1));
  const unsigned = mantissa.startsWith('-') ? mantissa.slice(1) : mantissa;
  const point = unsigned.indexOf('.');
  if (point >= 0) exponent -= unsigned.length - point - 1;
  const all = point < 0 ? unsigned : unsigned.slice(0, point) + unsigned.slice(point + 1);
  let start = 0;
  let end = all.length;
  while (start < end && all.charCodeAt(start) === 48) start += 1;
  while (end > start && all.charCodeAt(end - 1) === 48) {
    end -= 1;
    exponent += 1;
  }
  return start === end ? { digits: '', exponent: 0 } : { digits: all.slice(start, end), exponent };
}
