import { luhnHolds } from './check-digits.ts';

/** Ranges of the issuers that are in use, by their first digits, and how long their numbers are (ISO/IEC 7812-1). */
const ISSUERS: readonly { readonly start: RegExp; readonly lengths: readonly number[] }[] = [
  { start: /^4/, lengths: [13, 16, 19] },
  { start: /^(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, lengths: [16] },
  { start: /^3[47]/, lengths: [15] },
  { start: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] },
  { start: /^(?:30[0-5]|3[689])/, lengths: [14] },
  { start: /^35(?:2[89]|[3-8]\d)/, lengths: [16] },
  { start: /^62/, lengths: [16, 17, 18, 19] },
  { start: /^220[0-4]/, lengths: [16] },
  { start: /^(?:50|5[6-8]|6304|6759|676[1-3])/, lengths: [16, 18, 19] },
];

/** Whether digits are a payment card number: its issuer's range and length, and Luhn's check digit. One digit over and over is nobody's. */
export function isCardNumber(digits: string): boolean {
  const first = digits.charCodeAt(0);
  if (digits.length < 13 || digits.length > 19 || first < 0x32 || first > 0x36) return false;
  if (!ISSUERS.some(({ start, lengths }) => lengths.includes(digits.length) && start.test(digits))) return false;
  return luhnHolds(digits) && !/^(\d)\1*\d$/.test(digits);
}
