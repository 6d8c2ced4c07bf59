import ipaddr from 'ipaddr.js';

/**
 * What is reached at an address: the internet; a network that is not public; this machine; or what is never asked, whoever names it: services
 * that hand credentials of the machine to whoever asks (metadata), links, groups, and addresses that mean nobody.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'never';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

const SEVERITY: readonly AddressClass[] = ['public', 'private', 'loopback', 'never'];

/** The first that holds an address says what it is; none: public (IPv4), or what `UNICAST` says (IPv6). */
const RANGES: readonly (readonly [Range, AddressClass])[] = (
  [
    // Metadata and credentials of clouds, as far as they do not stand on a link: they answer whoever runs on the machine.
    ['100.100.100.200/32', 'never'],
    ['168.63.129.16/32', 'never'],
    ['192.0.0.192/32', 'never'],
    ['fd00:ec2::254/128', 'never'],
    ['fd00:ec2::23/128', 'never'],
    ['fd20:ce::254/128', 'never'],
    // 169.254.169.254 and all that stands beside it.
    ['169.254.0.0/16', 'never'],
    ['fe80::/10', 'never'],
    // Linux connects to itself there.
    ['0.0.0.0/8', 'never'],
    ['::/128', 'never'],
    ['224.0.0.0/3', 'never'],
    ['ff00::/8', 'never'],
    ['127.0.0.0/8', 'loopback'],
    ['::1/128', 'loopback'],
    // Not globally reachable by the registries of RFC 6890.
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'private'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'private'],
    ['192.0.2.0/24', 'private'],
    ['192.88.99.0/24', 'private'],
    ['192.168.0.0/16', 'private'],
    ['198.18.0.0/15', 'private'],
    ['198.51.100.0/24', 'private'],
    ['203.0.113.0/24', 'private'],
    ['2001::/23', 'private'],
    ['2001:db8::/32', 'private'],
    ['3fff::/20', 'private'],
  ] as const
).map(([text, kind]) => [ipaddr.parseCIDR(text), kind]);

/** What was given out for hosts of the internet (RFC 4291, section 2.5.4); everything else is nobody's, or somebody's own. */
const UNICAST: Range = ipaddr.parseCIDR('2000::/3');

/** Forms of IPv6 with an IPv4 address inside, where its first byte stands, and what such a form is at least. */
const EMBEDDING: readonly (readonly [Range, number, AddressClass])[] = (
  [
    ['::ffff:0:0/96', 12, 'public'],
    // NAT64 (RFC 6052): whoever translates reaches the address inside.
    ['64:ff9b::/96', 12, 'public'],
    ['64:ff9b:1::/48', 12, 'private'],
    // 6to4 (RFC 3056).
    ['2002::/16', 2, 'public'],
    // Teredo (RFC 4380): the server; the client is read below, for it stands there inverted.
    ['2001::/32', 4, 'private'],
    ['::ffff:0:0:0/96', 12, 'private'],
    ['::/96', 12, 'private'],
  ] as const
).map(([text, at, least]) => [ipaddr.parseCIDR(text), at, least]);

/**
 * Says what is reached at an address in text. Addresses inside of others (IPv4-mapped, NAT64, 6to4, Teredo, ISATAP) are looked at
 * as well, and the worst counts. `never` for what is no address.
 */
export function classifyAddress(text: string): AddressClass {
  return reachedAt(text).reduce<AddressClass>(
    (worst, { kind }) => (SEVERITY.indexOf(kind) > SEVERITY.indexOf(worst) ? kind : worst),
    'public',
  );
}

/** True where everything that is reached at an address lies in one of the ranges, `ADDRESS/PREFIX`. */
export function liesIn(text: string, ranges: readonly string[]): boolean {
  const parsed = ranges.map((range) => ipaddr.parseCIDR(range));
  const inside = (address: Address): boolean => parsed.some((range) => matches(address, range));
  const [whole, ...embedded] = reachedAt(text).map(({ address }) => address);
  if (whole === undefined || whole === null) return false;
  return inside(whole) || (embedded.length > 0 && embedded.every((address) => address !== null && inside(address)));
}

/** The address itself, then those inside of it. */
function reachedAt(text: string): { readonly address: Address | null; readonly kind: AddressClass }[] {
  // A zone says through which link, and changes nothing of what is reached.
  const plain = text.replace(/%.*$/, '');
  if (!ipaddr.isValid(plain) || (!plain.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(plain)))
    return [{ address: null, kind: 'never' }];
  const address = ipaddr.parse(plain);
  const range = RANGES.find(([one]) => matches(address, one));
  if (address instanceof ipaddr.IPv4) return [{ address, kind: range?.[1] ?? 'public' }];
  const bytes = address.toByteArray();
  const form = EMBEDDING.find(([one]) => matches(address, one));
  const inside = form === undefined || range?.[1] === 'loopback' ? [] : [bytes.slice(form[1], form[1] + 4)];
  if (form?.[1] === 4) inside.push(bytes.slice(12).map((byte) => byte ^ 0xff));
  // ISATAP (RFC 5214, section 6.1), below any prefix.
  if ((bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe)
    inside.push(bytes.slice(12));
  const own = range?.[1] ?? form?.[2] ?? (matches(address, UNICAST) ? 'public' : 'private');
  return [{ address, kind: own }, ...inside.flatMap((four) => reachedAt(four.join('.')))];
}

function matches(address: Address, [base, prefix]: Range): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, prefix);
  return base instanceof ipaddr.IPv6 && address.match(base, prefix);
}
