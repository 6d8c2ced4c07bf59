/** The decimal digits of 0 to 999: whole, and with leading zeros. Making them anew for each number of each line costs more than the rest of the line. */
const WHOLE: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n));
const PADDED: readonly string[] = WHOLE.map((digits) => digits.padStart(3, '0'));

/** A whole number of any size. */
export function wholeDigits(n: number): string {
  return n < 1000 && n >= 0 ? (WHOLE[n] ?? String(n)) : String(n);
}

/** The last three digits of a whole number below 1,000, with leading zeros. */
export function paddedDigits(n: number): string {
  return PADDED[n] ?? String(n);
}

/** Milliseconds with their microseconds, as a number of JSON: `12.034`. */
export function milliseconds(ms: number): string {
  const micros = Math.max(0, Math.round(ms * 1000));
  const whole = Math.floor(micros / 1000);
  return `${wholeDigits(whole)}.${paddedDigits(micros - whole * 1000)}`;
}

/** Milliseconds as nanoseconds, exact to the microsecond. */
export function nanoseconds(ms: number): string {
  const micros = Math.max(0, Math.round(ms * 1000));
  if (micros < 1000) return micros === 0 ? '0' : `${wholeDigits(micros)}000`;
  const whole = Math.floor(micros / 1000);
  return `${wholeDigits(whole)}${paddedDigits(micros - whole * 1000)}000`;
}
