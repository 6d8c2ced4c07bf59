import { type Long, toLong } from './long.ts';

const TEXT = /^(-?)([0-9]+)\.([0-9]{1,4})$/;

/** A number with four digits after the point, in 64 bits. */
export class Decimal {
  /** Ten thousand times the number. */
  readonly scaled: Long;

  constructor(scaled: Long) {
    this.scaled = scaled;
  }

  toKey(): string {
    return `d${this.scaled}`;
  }
}

/** Reads `12.3`: a point, and one to four digits behind it. Null for anything else and beyond 64 bits. */
export function parseDecimal(text: string): Decimal | null {
  const match = text.length > 64 ? null : TEXT.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  const scaled = toLong(BigInt(`${whole}${fraction.padEnd(4, '0')}`) * (sign === '' ? 1n : -1n));
  return scaled === null ? null : new Decimal(scaled);
}
