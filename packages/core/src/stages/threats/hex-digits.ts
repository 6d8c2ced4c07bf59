/** The value of a hexadecimal digit; -1 for what is none. */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** The value of so many hexadecimal digits; what is none among them is left out. */
export function codeOfDigits(text: string, from: number, length: number): number {
  let code = 0;
  for (let at = from; at < from + length; at += 1) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit >= 0) code = code * 16 + digit;
  }
  return code;
}
