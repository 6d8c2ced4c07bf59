/** A positive decimal as `digits * 10^-scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** The shortest decimal that stands for the double: what a person wrote, for any number of up to 15 digits. */
function toDecimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length - Number(exponent) };
}

/**
 * Makes a test for `multipleOf` (JSON Schema validation, 6.2.1) that counts in decimals: 19.99 is a multiple of 0.01, 19.995 is not.
 * Binary division would refuse the first. Infinite values are multiples of nothing. `divisor` is above 0.
 */
export function createMultipleOf(divisor: number): (value: number) => boolean {
  const step = toDecimal(divisor);
  const isWhole = Number.isSafeInteger(divisor);
  return (value) => {
    if (isWhole && Number.isSafeInteger(value)) return value % divisor === 0;
    if (!Number.isFinite(value)) return false;
    const number = toDecimal(value);
    const scale = Math.max(step.scale, number.scale);
    // Doubles have at most 17 digits and exponents of at most 324, which bounds these integers.
    return (
      (number.digits * 10n ** BigInt(scale - number.scale)) % (step.digits * 10n ** BigInt(scale - step.scale)) === 0n
    );
  };
}
