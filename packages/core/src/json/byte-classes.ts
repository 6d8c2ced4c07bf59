/** Which characters of RFC 3339, 3986, 4648, 5321 and 1123 a byte stands for, as bits; 0 for every byte that is not ASCII. */
export const HEX = 1;
/** Letters, digits, hyphen. */
export const HOST = 2;
/** `atext` of RFC 5322, section 3.2.3. */
export const ATOM = 4;
/** `scheme` of RFC 3986, section 3.1, after its first letter. */
export const SCHEME = 8;
/** `unreserved` and `sub-delims` of RFC 3986, section 2. */
export const NAME = 16;
/** `pchar` and the slash. */
export const PATH = 32;
/** `pchar`, slash and question mark. */
export const QUERY = 64;
export const LETTER = 128;
export const BASE64 = 256;
export const BASE64URL = 512;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const NAMES = `${LETTERS}${DIGITS}-._~!$&'()*+,;=`;

const ALPHABETS: readonly (readonly [bit: number, characters: string])[] = [
  [HEX, `${DIGITS}ABCDEFabcdef`],
  [HOST, `${LETTERS}${DIGITS}-`],
  [ATOM, `${LETTERS}${DIGITS}!#$%&'*+/=?^_\`{|}~-`],
  [SCHEME, `${LETTERS}${DIGITS}+.-`],
  [NAME, NAMES],
  [PATH, `${NAMES}:@/`],
  [QUERY, `${NAMES}:@/?`],
  [LETTER, LETTERS],
  [BASE64, `${LETTERS}${DIGITS}+/`],
  [BASE64URL, `${LETTERS}${DIGITS}_-`],
];

/** The bits of each byte. */
export const BYTE_CLASSES: Uint16Array = new Uint16Array(256);

for (const [bit, characters] of ALPHABETS) {
  for (const character of characters) {
    const byte = character.charCodeAt(0);
    BYTE_CLASSES[byte] = (BYTE_CLASSES[byte] as number) | bit;
  }
}

/** After the run of bytes of these classes at `from`. */
export function runEnd(bytes: Uint8Array, from: number, end: number, classes: number): number {
  let at = from;
  while (at < end && ((BYTE_CLASSES[bytes[at] as number] as number) & classes) !== 0) at++;
  return at;
}
