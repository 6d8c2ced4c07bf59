import { parseIpv6 } from './ip-address.ts';

const HOST_CHARACTER = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._') {
  HOST_CHARACTER[character.charCodeAt(0)] = 1;
}

/**
 * Whether a Host value is a name or address with an optional port: letters, digits, `-`, `.`, `_`, or an IPv6 address in brackets.
 * Narrower than RFC 3986 on purpose: escapes, `@`, sub-delims and an empty port have no honest use and confuse URL builders upstream.
 */
export function isHost(value: string): boolean {
  if (value.length === 0 || value.length > 261) return false;
  if (value.charCodeAt(0) === 0x5b) return isBracketed(value);
  let index = 0;
  while (index < value.length && HOST_CHARACTER[value.charCodeAt(index)] === 1) index++;
  if (index === 0 || index > 255) return false;
  return index === value.length || isPort(value, index);
}

function isBracketed(value: string): boolean {
  const end = value.indexOf(']');
  if (end < 0 || parseIpv6(value.slice(1, end)) === null) return false;
  return end + 1 === value.length || isPort(value, end + 1);
}

/** `:` at `start` and one to five digits, 1 to 65535, to the end. */
export function isPort(value: string, start: number): boolean {
  if (value.charCodeAt(start) !== 0x3a || value.length - start < 2 || value.length - start > 6) return false;
  let port = 0;
  for (let index = start + 1; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port >= 1 && port <= 65535;
}
