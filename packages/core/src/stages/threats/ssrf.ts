import type { ThreatCollector } from './threat.ts';

/** With as many slashes, of either kind, as clients read over (WHATWG URL, section 4.4). */
const SCHEMES = /^\s{0,8}(?:url:)?([a-z][a-z0-9+.-]{1,20}):[/\\]*/;
/** Schemes that reach into the machine, or speak other protocols than HTTP from inside. */
const INWARD = new Set(
  'file gopher dict ldap ldaps ldapi tftp sftp ftp ftps netdoc jar phar php expect smb ssh2 imap imaps pop3 pop3s smtp smtps rtsp telnet ws-unix unix http+unix view-source'.split(
    ' ',
  ),
);
/** Names that clouds give their metadata services, and names that mean this machine or this network. */
const INSIDE_NAMES =
  /(?:^|\.)(?:localhost|localdomain|internal|intranet|local|lan|corp|home\.arpa|localtest\.me|lvh\.me|vcap\.me|metadata|metadata\.google\.internal|metadata\.goog|metadata\.tencentyun\.com|metadata\.packet\.net|metadata\.platformequinix\.com|rancher-metadata|instance-data|kubernetes(?:\.default(?:\.svc)?)?|svc\.cluster\.local|host\.docker\.internal|ip6-localhost|ip6-loopback|lacolhost\.com|yoogle\.com|readme\.localtest\.me)$/;
/** Names with an address in them, which anyone can resolve to it. */
const WILDCARD =
  /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})\.(?:nip\.io|sslip\.io|xip\.io|traefik\.me|ip\.\w{2,12})$|(?:^|[.-])([0-9a-f]{8})\.(?:nip\.io|sslip\.io)$/;

/**
 * Scores where a URI leads: into this machine, its network or a cloud's metadata service, in any notation of numbers that resolvers take
 * (inet_aton: 1 to 4 parts, decimal, octal, hexadecimal). Names are judged as written: they are not resolved. `written` is decoded and in lower
 * case; `declared` where the schema says that it is a URI, so that a reference without a scheme is looked at as well;
 * `allowed` are hosts that it may lead to, in lower case.
 */
export function detectTargets(
  written: string,
  declared: boolean,
  allowed: ReadonlySet<string>,
  threats: ThreatCollector,
): void {
  const text = declared ? readable(written) : written;
  const scheme = SCHEMES.exec(text);
  if (scheme === null) {
    if (declared && /^\s{0,8}[/\\]{2}/.test(text))
      scoreAuthority(text.replace(/^[\s/\\]+/, ''), declared, false, allowed, threats);
    return;
  }
  const name = scheme[1] as string;
  if (INWARD.has(name))
    threats.add(
      'ssrf',
      declared
        ? 8
        : name === 'ftp' || name === 'ftps' || name === 'sftp' || name === 'ldap' || name === 'ldaps'
          ? 2
          : 6,
      'scheme that reaches inside',
    );
  if (name === 'http' || name === 'https' || name === 'ws' || name === 'wss' || name === 'ftp' || name === 'url')
    scoreAuthority(text.slice(scheme[0].length), declared, true, allowed, threats);
}

/** As clients read a URI: without tabs and line breaks, wherever they stand, and what is no sign before it (WHATWG URL, section 4.4). */
function readable(uri: string): string {
  return uri.replace(/[\t\n\r]/g, '').replace(/^[\0-\x20]+/, '');
}

function scoreAuthority(
  rest: string,
  declared: boolean,
  named: boolean,
  allowed: ReadonlySet<string>,
  threats: ThreatCollector,
): void {
  const authority = /^[^/?#\\\s]*/.exec(rest)?.[0] ?? '';
  weighAuthority(authority, declared, named, allowed, threats);
  // A backslash is a slash to browsers and Node.js, and a sign like others to what reads by RFC 3986: `http://a.example\@10.0.0.1/`.
  if (rest.charCodeAt(authority.length) !== 92) return;
  const longer = /^[^/?#\s]*/.exec(rest)?.[0] ?? '';
  if (longer.includes('@')) weighAuthority(longer, declared, false, allowed, threats);
}

/** `named`: whether what has no point is the name of a host for sure. */
function weighAuthority(
  authority: string,
  declared: boolean,
  named: boolean,
  allowed: ReadonlySet<string>,
  threats: ThreatCollector,
): void {
  const at = authority.lastIndexOf('@');
  const host = hostOf(authority.slice(at + 1, at + 1 + MAX_HOST));
  if (host === '') return;
  const local = declared && named && /^[a-z\d][a-z\d_-]*$/.test(host) ? LOCAL_NAME : null;
  const place = allowed.has(host) ? null : (placeOf(host) ?? local);
  if (place === null) {
    // `http://expected.example@evil`, `…&@…`: two readers, two hosts. A user with a password is neither.
    if (declared && at >= 0 && /^[^:]*\.[a-z]+(?::\d*)?$|[&%\\]/.test(authority.slice(0, at)))
      threats.add('ssrf', 5, 'name before the host');
    return;
  }
  // An address written so that no person would read it is meant for a resolver.
  threats.add('ssrf', Math.min(10, (declared ? place.declared : place.free) + (place.odd ? 3 : 0)), place.feature);
}

interface Place {
  readonly feature: string;
  readonly declared: number;
  readonly free: number;
  readonly odd: boolean;
}

const LOOPBACK = { feature: 'this machine', declared: 8, free: 2, odd: false };
const PRIVATE = { feature: 'a private network', declared: 7, free: 1, odd: false };
/** A name without a point is one of the network that it is looked up in: `redis`, `db`. */
const LOCAL_NAME = { feature: 'a name of the local network', declared: 6, free: 0, odd: false };
const LINK = { feature: 'a metadata service', declared: 9, free: 6, odd: false };

/** No name is longer, however it is written (RFC 1035, section 2.3.4). */
const MAX_HOST = 1_024;
/** What no host is written with, and what reading one drops (UTS 46, section 4). */
const IGNORED = /[\u00ad\u200b-\u200d\u2060\ufeff]|[\ufe00-\ufe0f]/g;

/** Host without port and brackets; percent-signs, signs that count as others and trailing dots as resolvers read them. */
function hostOf(written: string): string {
  const authority = written.replace(IGNORED, '').normalize('NFKC').toLowerCase();
  if (authority.startsWith('[')) {
    const close = authority.indexOf(']');
    return close < 0 ? '' : authority.slice(0, close + 1);
  }
  const colon = authority.indexOf(':');
  return (colon < 0 ? authority : authority.slice(0, colon)).replace(/[。｡．]/g, '.').replace(/\.$/, '');
}

function placeOf(host: string): Place | null {
  if (host.startsWith('[')) return placeOfSix(host.slice(1, -1));
  const four = readFour(host);
  if (four !== null) {
    const place = placeOfFour(four.address);
    const odd = four.odd;
    if (place !== null) return { ...place, odd };
    return odd ? { feature: 'an address in an unusual notation', declared: 5, free: 2, odd: true } : null;
  }
  if (INSIDE_NAMES.test(host))
    return /metadata|instance-data/.test(host) ? LINK : host.endsWith('localhost') ? LOOPBACK : PRIVATE;
  const wildcard = WILDCARD.exec(host);
  if (wildcard !== null) {
    const address =
      wildcard[5] === undefined
        ? readFour(`${wildcard[1]}.${wildcard[2]}.${wildcard[3]}.${wildcard[4]}`)?.address
        : Number.parseInt(wildcard[5], 16);
    const place = address === undefined ? null : placeOfFour(address);
    if (place !== null) return { ...place, odd: true };
  }
  return null;
}

/** An IPv4 address in any notation of inet_aton; `odd` where it is not four decimal parts. */
function readFour(host: string): { readonly address: number; readonly odd: boolean } | null {
  if (!/^(?:0x)?[\da-f]+(?:\.(?:0x)?[\da-f]*){0,3}$/.test(host)) return null;
  const parts = host.split('.');
  let address = 0;
  let odd = parts.length !== 4;
  for (const [index, written] of parts.entries()) {
    // As many zeros may lead as anybody likes.
    const part = written.replace(/^(0x)?0+(?=[\da-f])/, (_zeros, hex?: string) => hex ?? '0');
    if (!/^(?:0x[\da-f]{1,12}|0[0-7]{0,12}|[1-9]\d{0,11})$/.test(part)) return null;
    if (part.length > 1 && part.startsWith('0')) odd = true;
    const value = part.startsWith('0x')
      ? Number.parseInt(part.slice(2), 16)
      : part.startsWith('0')
        ? Number.parseInt(part, 8)
        : Number(part);
    const last = index === parts.length - 1;
    const bound = last ? 256 ** (5 - parts.length) : 256;
    // Some resolvers wrap what is too large; none of it is honest.
    if (value >= bound) odd = true;
    address += last ? value % bound : (value % 256) * 256 ** (3 - index);
  }
  return { address: address >>> 0, odd };
}

function placeOfFour(address: number): Place | null {
  const first = address >>> 24;
  const second = (address >>> 16) & 255;
  if (first === 127 || first === 0) return LOOPBACK;
  if (first === 169 && second === 254) return LINK;
  // Metadata services of Alibaba and Oracle, and what Azure has in their place.
  if (address === 0x646464c8 || address === 0xc00000c0 || address === 0xa83f8110) return LINK;
  if (
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 198 && (second === 18 || second === 19)) ||
    first >= 224
  )
    return PRIVATE;
  return null;
}

function placeOfSix(text: string): Place | null {
  const groups = readSix(text.replace(/%.*$/, ''));
  if (groups === null) return { feature: 'an address in an unusual notation', declared: 5, free: 2, odd: true };
  const [first = 0] = groups;
  const zeros = groups.slice(0, 6).every((group) => group === 0);
  const four = (((groups[6] ?? 0) << 16) | (groups[7] ?? 0)) >>> 0;
  if (zeros && four <= 1) return LOOPBACK;
  const [fifth = 0, sixth = 0] = groups.slice(4);
  const mapped =
    groups.slice(0, 4).every((group) => group === 0) &&
    ((fifth === 0 && (sixth === 0xffff || sixth === 0)) || (fifth === 0xffff && sixth === 0));
  if (mapped || (first === 0x64 && groups[1] === 0xff9b)) {
    const place = placeOfFour(four);
    return place === null ? null : { ...place, odd: true };
  }
  if (first === 0x2002) {
    const place = placeOfFour((((groups[1] ?? 0) << 16) | (groups[2] ?? 0)) >>> 0);
    return place === null ? null : { ...place, odd: true };
  }
  if (first === 0xfd00 && groups[1] === 0xec2) return LINK;
  if ((first & 0xfe00) === 0xfc00 || (first & 0xff80) === 0xfe80) return PRIVATE;
  return null;
}

function readSix(text: string): readonly number[] | null {
  const dotted = /^(.*:)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(text);
  let source = text;
  if (dotted !== null) {
    const four = readFour(dotted[2] as string);
    if (four === null) return null;
    source = `${dotted[1]}${(four.address >>> 16).toString(16)}:${(four.address & 65_535).toString(16)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return null;
  const read = (half: string): number[] | null => {
    if (half === '') return [];
    const groups = half.split(':');
    return groups.every((group) => /^[\da-f]{1,4}$/.test(group))
      ? groups.map((group) => Number.parseInt(group, 16))
      : null;
  };
  const head = read(halves[0] ?? '');
  const tail = halves.length === 2 ? read(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}
