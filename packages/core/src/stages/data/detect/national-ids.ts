import { luhnHolds, mod1110Holds, remainderBy97, weightedSum } from './check-digits.ts';

/** United States: no check digit, so only what was never given out is excluded (SSA, since 2011). Nine digits. */
export function isUsSsn(digits: string): boolean {
  return (
    /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && digits !== '078051120' && digits !== '123456789'
  );
}

const NINO = /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/;

/** United Kingdom, national insurance number: no check digit, but letters that are never used. */
export function isUkNino(text: string): boolean {
  return NINO.test(text);
}

/** Germany, Steueridentifikationsnummer: among the first ten digits exactly one comes twice or three times (§ 139b AO); MOD 11,10. */
export function isGermanTaxId(digits: string): boolean {
  if (!/^[1-9]\d{10}$/.test(digits)) return false;
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] as number) <= 3 && mod1110Holds(digits);
}

const NIR = /^[12378]\d\d(?:0[1-9]|1[0-2]|[2-9]\d)(?:0[1-9]|[1-8]\d|9[0-57-9]|2[AB])\d{3}\d{3}\d\d$/;

/** France, numéro d'inscription au répertoire, 13 characters and two of a key by 97. Corsica has letters. */
export function isFrenchNir(text: string): boolean {
  if (!NIR.test(text)) return false;
  const number = text.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return 97 - remainderBy97(number) === Number(text.slice(13));
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spain, DNI of citizens and NIE of foreigners: the letter is the number's remainder by 23. */
export function isSpanishId(text: string): boolean {
  if (!/^[0-9XYZ]\d{7}[A-Z]$/.test(text)) return false;
  const first = text.charAt(0);
  const number = Number(('XYZ'.includes(first) ? 'XYZ'.indexOf(first) : first) + text.slice(1, 8));
  return number !== 0 && DNI_LETTERS[number % 23] === text[8];
}

const CODICE = /^[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/;
/** Values at odd places, of 0 to 9 and of A to Z (decree of 23 December 1976). */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy, codice fiscale, its check letter included. */
export function isCodiceFiscale(text: string): boolean {
  if (!CODICE.test(text)) return false;
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = text.charCodeAt(i);
    const value = code > 57 ? code - 65 : code - 48;
    sum += i % 2 === 0 ? (ODD[value] as number) : value;
  }
  return text.charCodeAt(15) - 65 === sum % 26;
}

/** The Netherlands, burgerservicenummer: the eleven test. One in eleven of all numbers holds it. */
export function isDutchBsn(digits: string): boolean {
  if (!/^\d{9}$/.test(digits) || digits === '000000000') return false;
  return weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** Poland, PESEL: a birthday, the century in its month, and a check digit. */
export function isPesel(digits: string): boolean {
  if (!/^\d{11}$/.test(digits)) return false;
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Switzerland, AHV number: 756 and the check digit of EAN-13. */
export function isSwissAhv(digits: string): boolean {
  return /^756\d{10}$/.test(digits) && weightedSum(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

/** Brazil, CPF: two check digits by 11. */
export function isBrazilianCpf(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || /^(\d)\1*$/.test(digits)) return false;
  const check = (weights: readonly number[]): number => ((weightedSum(digits, weights) * 10) % 11) % 10;
  return (
    check([10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits[9]) &&
    check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits[10])
  );
}

/** Sweden, personnummer: a birthday, a separator, and Luhn's check digit over the ten digits. */
export function isPersonnummer(digits: string): boolean {
  const ten = digits.slice(-10);
  const month = Number(ten.slice(2, 4));
  const day = Number(ten.slice(4, 6)) % 60;
  return /^(?:19|20)?\d{10}$/.test(digits) && month >= 1 && month <= 12 && day >= 1 && day <= 31 && luhnHolds(ten);
}
