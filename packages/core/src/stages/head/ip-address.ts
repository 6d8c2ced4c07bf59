import ipaddr from 'ipaddr.js';

/** The address as a number, or -1: four decimal octets without leading zeros and nothing else (`0177.0.0.1` is 127.0.0.1 to some). */
export function parseIpv4(text: string): number {
  if (text.length < 7 || text.length > 15) return -1;
  let address = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2e) {
      if (digits === 0 || ++dots > 3) return -1;
      address = address * 256 + octet;
      octet = 0;
      digits = 0;
      continue;
    }
    if (code < 0x30 || code > 0x39 || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + code - 0x30;
    digits++;
    if (octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : -1;
}

/** The dotted text of an address that is a number. */
export function ipv4Text(address: number): string {
  return `${Math.floor(address / 0x1000000)}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The sixteen bytes, or null: no zone, no brackets, no port. */
export function parseIpv6(text: string): readonly number[] | null {
  if (text.length < 2 || text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.IPv6.parse(text).toByteArray();
}

/**
 * The one spelling of an address: IPv4 dotted; IPv6 as RFC 5952 writes it; IPv4-mapped (`::ffff:…`) and NAT64 (`64:ff9b::/96`)
 * addresses as the IPv4 address inside, so that nobody has two. Null for anything that is not an address.
 * A zone is dropped when `dropZone` is set: for addresses that the kernel told, never for ones that stood in a header.
 */
export function canonicalAddress(text: string, dropZone = false): string | null {
  if (parseIpv4(text) >= 0) return text;
  const zone = dropZone ? text.indexOf('%') : -1;
  const bytes = parseIpv6(zone < 0 ? text : text.slice(0, zone));
  if (bytes === null) return null;
  const embedded = embeddedIpv4(bytes);
  return embedded >= 0 ? ipv4Text(embedded) : new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** The IPv4 address inside an IPv4-mapped or NAT64 address, or -1. */
export function embeddedIpv4(bytes: readonly number[]): number {
  const mapped = bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 255));
  const nat64 = bytes.every((byte, index) => index > 11 || byte === (NAT64[index] ?? 0));
  if (!mapped && !nat64) return -1;
  return bytes.slice(12).reduce((address, byte) => address * 256 + byte, 0);
}

const NAT64: readonly number[] = [0, 0x64, 0xff, 0x9b];
