import ipaddr from 'ipaddr.js';

/**
 * True for a host that only this machine reaches: 127.0.0.0/8, ::1, `localhost` and names below it (RFC 6761, section 6.3).
 * `host` may stand in brackets, as in a URL.
 */
export function isLoopbackHost(host: string): boolean {
  const name = canonicalHost(host);
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isAddress(name) && ipaddr.parse(name).range() === 'loopback';
}

/**
 * True where a connection to `host`, as it stands in a URL, reaches whoever listens at `listening` and the same port: the same address or name, `localhost`
 * for a loopback address, and any loopback address where all are listened at. What other names lead to shows only when they are looked up.
 */
export function reachesListener(host: string, listening: string): boolean {
  const [to, at] = [canonicalHost(host), canonicalHost(listening)];
  if (to === at) return true;
  if (at === '::') return isLoopbackHost(to);
  if (at === '0.0.0.0') return isLoopbackHost(to) && to !== '::1';
  return isLoopbackHost(to) && isLoopbackHost(at) && !(isAddress(to) && isAddress(at));
}

/** Without brackets and the dot of the root, in small letters, an address in its one form. */
function canonicalHost(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return isAddress(name) ? ipaddr.process(name).toString() : name;
}

/** True for an IPv4 address of four decimal parts or an IPv6 address. `010.0.0.1` and `10.1` are none: readers differ over them. */
export function isAddress(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text))
  );
}

/** A host name or address that can be listened on. */
export function isHost(text: string): boolean {
  return (
    isAddress(text) ||
    (!/^[\d.]+$/.test(text) &&
      /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/.test(
        text,
      ))
  );
}

export type RangeProblem = 'syntax' | 'host-bits' | 'too-wide';

/** The shortest prefixes that a range of one's own proxies may have: 10.0.0.0/8 and fc00::/7 are the largest private networks. */
const MIN_PREFIX = { ipv4: 8, ipv6: 7 } as const;

/**
 * Reads an address or a CIDR range into the canonical `ADDRESS/PREFIX`. IPv4-mapped IPv6 becomes IPv4, so that one network has one name.
 * A range with bits set after its prefix is refused: it was meant to be another one.
 */
export function parseRange(
  text: string,
): { readonly ok: true; readonly range: string } | { readonly ok: false; readonly problem: RangeProblem } {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const suffix = slash < 0 ? null : text.slice(slash + 1);
  if (!isAddress(host) || (suffix !== null && !/^(?:0|[1-9]\d{0,2})$/.test(suffix)))
    return { ok: false, problem: 'syntax' };
  let address = ipaddr.parse(host);
  let prefix = suffix === null ? (address.kind() === 'ipv4' ? 32 : 128) : Number(suffix);
  if (prefix > (address.kind() === 'ipv4' ? 32 : 128)) return { ok: false, problem: 'syntax' };
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96) {
    address = address.toIPv4Address();
    prefix -= 96;
  }
  const kind = address.kind();
  if (prefix < MIN_PREFIX[kind]) return { ok: false, problem: 'too-wide' };
  const network =
    kind === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${prefix}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${prefix}`);
  if (network.toString() !== address.toString()) return { ok: false, problem: 'host-bits' };
  return { ok: true, range: `${address.toString()}/${prefix}` };
}
