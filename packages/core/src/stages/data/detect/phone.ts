/** Calling codes in use (ITU-T E.164, list of 2016 with later changes). */
const CALLING =
  /^(?:1|7|2[07]|2[1-6]\d|29[0178-9]|3[0-469]|35\d|37[0-8]|38[0-35-79]|4[013-9]|42[013]|5[1-8]|50\d|59\d|6[0-6]|6[789]\d|80[08]|8[1246]|85[02356]|87\d|88[0-368]|9[0-58]|9[679]\d)/;

/** Whether the digits after a `+` are a number of the world: a calling code, 9 to 15 digits, and in North America area and exchange from 2 on. */
export function isInternationalPhone(digits: string): boolean {
  if (digits.length < 9 || digits.length > 15 || !CALLING.test(digits)) return false;
  if (digits.startsWith('1')) return /^1[2-9]\d\d[2-9]\d{6}$/.test(digits);
  return !/^\d*?(\d)\1{7}$/.test(digits);
}

/** Whether ten digits are a number of North America. */
export function isNorthAmericanPhone(digits: string): boolean {
  return /^[2-9]\d\d[2-9]\d{6}$/.test(digits) && !/^\d{3}555(?:01\d\d)$/.test(digits);
}
