import ipaddr from 'ipaddr.js';

/** An address, or a range of them: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`. */
export class IpRange {
  readonly bytes: readonly number[];
  readonly prefix: number;

  constructor(bytes: readonly number[], prefix: number) {
    this.bytes = bytes;
    this.prefix = prefix;
  }

  get isIpv4(): boolean {
    return this.bytes.length === 4;
  }

  get isLoopback(): boolean {
    if (this.isIpv4) return this.bytes[0] === 127 && this.prefix >= 8;
    return this.prefix === 128 && this.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
  }

  get isMulticast(): boolean {
    const [first = 0] = this.bytes;
    return this.isIpv4 ? first >= 224 && first <= 239 && this.prefix >= 4 : first === 255 && this.prefix >= 8;
  }

  /** Whether all of it lies in `range`. An IPv4 address lies in no IPv6 range. */
  isIn(range: IpRange): boolean {
    if (this.bytes.length !== range.bytes.length || this.prefix < range.prefix) return false;
    let bits = range.prefix;
    for (let index = 0; bits > 0; index++, bits -= 8) {
      const mask = bits >= 8 ? 255 : (0xff << (8 - bits)) & 255;
      if (((this.bytes[index] ?? 0) & mask) !== ((range.bytes[index] ?? 0) & mask)) return false;
    }
    return true;
  }

  toKey(): string {
    return `i${this.bytes.join('.')}/${this.prefix}`;
  }
}

const OCTETS = /^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/;
const GROUPS = /^[0-9a-fA-F:]{2,39}$/;
const MAX_LENGTH = 43;

/** Reads an address with or without a prefix; null for anything else, IPv4 inside IPv6 (`::ffff:10.0.0.1`) included. */
export function parseIpRange(text: string): IpRange | null {
  if (text.length > MAX_LENGTH) return null;
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  const most = bytes.length * 8;
  if (slash < 0) return new IpRange(bytes, most);
  const prefix = text.slice(slash + 1);
  return /^(?:0|[1-9][0-9]{0,2})$/.test(prefix) && Number(prefix) <= most ? new IpRange(bytes, Number(prefix)) : null;
}

function parseAddress(text: string): readonly number[] | null {
  if (OCTETS.test(text)) {
    const octets = text.split('.').map(Number);
    return octets.every((octet) => octet <= 255) ? octets : null;
  }
  if (!GROUPS.test(text) || !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.IPv6.parse(text).toByteArray();
}
