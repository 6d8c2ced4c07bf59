import ipaddr from 'ipaddr.js';
import { isHost, isPort } from './host.ts';
import { canonicalAddress, embeddedIpv4, ipv4Text, parseIpv4, parseIpv6 } from './ip-address.ts';

/** Where a request came from, as far as trusted proxies vouch for it. */
export interface ClientAddress {
  /** Canonical text: see `canonicalAddress`. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly host: string;
}

/** The forwarding headers of a head, each joined by commas where it was repeated; null where absent. */
export interface ForwardingHeaders {
  readonly forwarded: string | null;
  readonly for: string | null;
  readonly proto: string | null;
  readonly host: string | null;
}

/** The ranges of trusted proxies, compiled. */
export interface TrustedProxies {
  readonly empty: boolean;
  /** Whether a canonical address is one of them. */
  includes(address: string): boolean;
}

/** More hops than this nobody has; what is further left is not looked at. */
const MAX_HOPS = 32;

/** Compiles CIDR ranges and single addresses. Throws a RangeError that names the entry for one that is neither. */
export function compileTrustedProxies(ranges: readonly string[]): TrustedProxies {
  const ipv4: { readonly network: number; readonly size: number }[] = [];
  const ipv6: [ipaddr.IPv6, number][] = [];
  for (const range of ranges) {
    const [address = '', prefix, more] = range.split('/');
    const bytes = parseIpv6(address);
    const number = bytes === null ? parseIpv4(address) : embeddedIpv4(bytes);
    // `::ffff:10.0.0.0/104` is `10.0.0.0/8`: peers are compared without the mapping.
    const offset = bytes !== null && number >= 0 ? 96 : 0;
    const bits = prefix === undefined ? (bytes === null ? 32 : 128) : Number(prefix);
    const isPrefix = prefix === undefined || (more === undefined && /^\d{1,3}$/.test(prefix));
    const width = number >= 0 ? 32 : 128;
    if ((bytes === null && number < 0) || !isPrefix || bits < offset || bits - offset > width) {
      throw new RangeError(`not an address or CIDR range: ${range}`);
    }
    if (number >= 0) {
      const size = 2 ** (32 - bits + offset);
      ipv4.push({ network: Math.floor(number / size), size });
    } else if (bytes !== null) ipv6.push([new ipaddr.IPv6([...bytes]), bits]);
  }
  return {
    empty: ranges.length === 0,
    includes(address) {
      const number = parseIpv4(address);
      if (number >= 0) return ipv4.some(({ network, size }) => Math.floor(number / size) === network);
      const bytes = ipv6.length === 0 ? null : parseIpv6(address);
      if (bytes === null) return false;
      const parsed = new ipaddr.IPv6([...bytes]);
      return ipv6.some((range) => parsed.match(range));
    },
  };
}

/**
 * The client behind the trusted proxies; `conflict` where `Forwarded` and `X-Forwarded-For` name different ones: no proxy that
 * writes one of them cleans the other, so one of the two is the client's own word.
 * The walk goes from the peer leftwards while the address that vouches is trusted, and stops at the first that is not, at the last good hop where
 * an entry is no address with or without a port (garbage, `unknown`, obfuscated), or after 32 hops. Scheme and host are taken
 * from a trusted peer only: from `Forwarded` the element that named the client, else the rightmost value of `X-Forwarded-Proto` and
 * `-Host`, which the peer itself wrote; anything but `http`, `https` and a valid host is as good as absent.
 */
export function clientAddress(
  proxies: TrustedProxies,
  peer: string,
  secure: boolean,
  host: string,
  forwarding: ForwardingHeaders,
): ClientAddress | 'conflict' {
  const scheme = secure ? 'https' : 'http';
  if (!proxies.includes(peer)) return { address: peer, scheme, host };
  const list =
    forwarding.for === null
      ? null
      : walk(
          proxies,
          peer,
          // Without brackets an address of IPv6 is none with a port; some proxies write the port of the client as well.
          rightmost(forwarding.for).map((entry) => canonicalAddress(entry) ?? nodeAddress(entry)),
        );
  const elements = forwarding.forwarded === null ? null : parseForwarded(forwarding.forwarded);
  const named =
    elements === null
      ? null
      : walk(
          proxies,
          peer,
          elements.map((element) => element.address),
        );
  if (list !== null && named !== null && list.address !== named.address) return 'conflict';
  const element = list === null && named !== null ? elements?.[named.hops - 1] : undefined;
  const proto = element === undefined ? lastValue(forwarding.proto) : element.proto;
  const forwardedHost = element === undefined ? lastValue(forwarding.host) : element.host;
  return {
    address: (list ?? named)?.address ?? peer,
    scheme: proto === 'https' || proto === 'http' ? proto : scheme,
    host: forwardedHost !== null && isHost(forwardedHost) ? forwardedHost : host,
  };
}

/** `addresses` from the nearest hop outwards. */
function walk(
  proxies: TrustedProxies,
  peer: string,
  addresses: readonly (string | null)[],
): { address: string; hops: number } {
  let address = peer;
  let hops = 0;
  for (const next of addresses) {
    if (next === null || !proxies.includes(address)) break;
    address = next;
    hops++;
  }
  return { address, hops };
}

/** The last entries of a list, nearest hop first. */
function rightmost(list: string): string[] {
  const entries: string[] = [];
  let end = list.length;
  while (end >= 0 && entries.length < MAX_HOPS) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    entries.push(list.slice(comma + 1, end).trim());
    end = comma;
  }
  return entries;
}

function lastValue(list: string | null): string | null {
  if (list === null) return null;
  const value = list.slice(list.lastIndexOf(',') + 1).trim();
  return /^https?$/i.test(value) ? value.toLowerCase() : value;
}

interface ForwardedElement {
  readonly address: string | null;
  readonly proto: string | null;
  readonly host: string | null;
}

const PAIR = /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"([^"\\]*)")[ \t]*(;|,|$)/y;

/** RFC 7239, section 4; nearest hop first. A field that is not well-formed to the end vouches for nobody: the list is empty. */
function parseForwarded(field: string): ForwardedElement[] {
  const elements: ForwardedElement[] = [];
  let pairs = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (;;) {
    const match = PAIR.exec(field);
    if (match === null) return [];
    const name = (match[1] ?? '').toLowerCase();
    if (pairs.has(name)) return [];
    pairs.set(name, match[2] ?? match[3] ?? '');
    if (match[4] === ';') continue;
    elements.push({
      address: nodeAddress(pairs.get('for') ?? ''),
      proto: pairs.get('proto')?.toLowerCase() ?? null,
      host: pairs.get('host') ?? null,
    });
    if (match[4] === '') return elements.reverse().slice(0, MAX_HOPS);
    pairs = new Map();
  }
}

/** An address with an optional port, IPv6 in brackets (RFC 7239, section 6); null for `unknown` and obfuscated nodes. */
function nodeAddress(node: string): string | null {
  if (node.startsWith('[')) {
    const end = node.indexOf(']');
    if (end < 0 || (end + 1 < node.length && !isPort(node, end + 1))) return null;
    const bytes = parseIpv6(node.slice(1, end));
    return bytes === null ? null : canonicalAddress(node.slice(1, end));
  }
  const colon = node.indexOf(':');
  if (colon >= 0 && !isPort(node, colon)) return null;
  const address = colon < 0 ? node : node.slice(0, colon);
  const number = parseIpv4(address);
  return number < 0 ? null : ipv4Text(number);
}
