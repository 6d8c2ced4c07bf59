import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_DIGITS = 32;
const CHECKSUM_DIGITS = 6;
const FORM = /^sp_[a-z0-9]{1,16}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/;

/** The word behind `sp_` of a key: `live`, `test`. */
export const ENVIRONMENT_NAME = /^[a-z0-9]{1,16}$/;

/** A key as it is shown once, and what is kept of it. */
export interface MadeKey {
  /** `sp_ENVIRONMENT_RANDOM_CHECKSUM`: 32 characters of base 62 are 190 bits. */
  readonly text: string;
  readonly sha256: string;
  readonly hint: string;
}

/** Makes a key. `environment` is a word such as live or test, 1 to 16 characters a-z and 0-9. */
export function makeKey(environment: string): MadeKey {
  if (!ENVIRONMENT_NAME.test(environment)) throw new RangeError('an environment is 1 to 16 characters a-z and 0-9');
  let random = '';
  while (random.length < RANDOM_DIGITS) {
    // Bytes above the last multiple of 62 are thrown away: the remainder would prefer the first digits.
    for (const byte of randomBytes(RANDOM_DIGITS))
      if (byte < 248 && random.length < RANDOM_DIGITS) random += DIGITS[byte % 62];
  }
  const start = `sp_${environment}_${random}`;
  const text = `${start}_${checksum(start)}`;
  return {
    text,
    sha256: hash('sha256', text, 'hex'),
    hint: `sp_${environment}_${random.slice(0, 4)}…${text.slice(-4)}`,
  };
}

/** False for a text that has the form of a key made here but not its checksum. Keys that came from elsewhere may look as they like. */
export function checksumHolds(text: string): boolean {
  if (!text.startsWith('sp_') || !FORM.test(text)) return true;
  const end = text.length - CHECKSUM_DIGITS - 1;
  return text.slice(end + 1) === checksum(text.slice(0, end));
}

/** CRC-32 in base 62: finds mistyped and cut keys, and tells a scanner that this is a key. It protects nothing. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let index = 0; index < CHECKSUM_DIGITS; index++) {
    digits = (DIGITS[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
