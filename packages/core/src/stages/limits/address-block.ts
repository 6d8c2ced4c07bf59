import { canonicalAddress, ipv4Text, parseIpv4, parseIpv6 } from '../head/ip-address.ts';
import { boundedText } from './bounded-text.ts';

/**
 * The block of addresses that one counter stands for: the first `ipv4Prefix` or `ipv6Prefix` bits. A household or a server has
 * a whole /64 of IPv6: counting single addresses there would give it 2^64 counters. Text that is no address (a unix socket's peer)
 * is a block of its own.
 */
export function addressBlock(address: string, ipv4Prefix: number, ipv6Prefix: number): string {
  const canonical = address.includes('.') && address.includes(':') ? (canonicalAddress(address) ?? address) : address;
  const ipv4 = parseIpv4(canonical);
  if (ipv4 >= 0) return ipv4Prefix >= 32 ? canonical : ipv4Text(ipv4 - (ipv4 % 2 ** (32 - ipv4Prefix)));
  const bytes = parseIpv6(canonical);
  if (bytes === null) return `?${boundedText(address)}`;
  let block = '';
  for (let bit = 0; bit < ipv6Prefix && bit < 128; bit += 8) {
    const kept = Math.min(8, ipv6Prefix - bit);
    const byte = (bytes[bit / 8] ?? 0) & (0xff << (8 - kept)) & 0xff;
    block += byte.toString(16).padStart(2, '0');
  }
  return `6${block}`;
}
