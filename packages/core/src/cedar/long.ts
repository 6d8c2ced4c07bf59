/** A signed integer of 64 bits: a number where it is a safe integer, else a bigint. One value has one form, so `===` compares. */
export type Long = number | bigint;

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The canonical form of an integer; null beyond 64 bits. */
export function toLong(value: bigint): Long | null {
  if (value < LEAST || value > MOST) return null;
  const short = Number(value);
  return Number.isSafeInteger(short) ? short : value;
}

/** Null where the result is beyond 64 bits; so are `subtract`, `multiply` and `negate`. */
export function add(left: Long, right: Long): Long | null {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toLong(BigInt(left) + BigInt(right));
}

export function subtract(left: Long, right: Long): Long | null {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toLong(BigInt(left) - BigInt(right));
}

export function multiply(left: Long, right: Long): Long | null {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    // Minus nothing is another value to `Object.is`, and the same to `===` and to a template; it is kept out all the same.
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  return toLong(BigInt(left) * BigInt(right));
}

export function negate(value: Long): Long | null {
  return subtract(0, value);
}

/** Rounds towards zero. `by` is a positive safe integer. */
export function divide(value: Long, by: number): Long {
  if (typeof value === 'number') {
    const quotient = Math.trunc(value / by);
    return quotient === 0 ? 0 : quotient;
  }
  return toLong(value / BigInt(by)) ?? 0;
}

/** What is left when rounding down: never negative. `by` is a positive safe integer. */
export function remainder(value: Long, by: number): number {
  const rest = Number(typeof value === 'number' ? value % by : value % BigInt(by));
  return rest < 0 ? rest + by : rest === 0 ? 0 : rest;
}
