import { BlockList, isIPv6 } from 'node:net';

/** Ranges in canonical form; null for none, which is anywhere. */
export function toBlockList(ranges: readonly string[]): BlockList | null {
  if (ranges.length === 0) return null;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether a key, or a token that it obtained, may be used from an address; one that is not known is none of them. */
export function isFrom(addresses: BlockList | null, clientAddress: string): boolean {
  if (addresses === null) return true;
  return clientAddress !== '' && addresses.check(clientAddress, isIPv6(clientAddress) ? 'ipv6' : 'ipv4');
}
