import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { clientAddress, compileTrustedProxies, type ForwardingHeaders } from './client-address.ts';
import { canonicalAddress } from './ip-address.ts';

const PROXIES = compileTrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:aaaa::/48', '::ffff:172.16.0.0/108']);
const NONE: ForwardingHeaders = { forwarded: null, for: null, proto: null, host: null };
const ask = (peer: string, forwarding: Partial<ForwardingHeaders>) =>
  clientAddress(PROXIES, peer, false, 'h', { ...NONE, ...forwarding });
const address = (peer: string, forwarding: Partial<ForwardingHeaders>): string => {
  const client = ask(peer, forwarding);
  return client === 'conflict' ? client : client.address;
};

describe('compileTrustedProxies', () => {
  it('knows its ranges, single addresses and IPv4-mapped ranges, and nothing beside them', () => {
    for (const inside of ['10.0.0.0', '10.255.255.255', '192.0.2.7', '2001:db8:aaaa::1', '172.31.255.255'])
      expect(PROXIES.includes(inside)).toBe(true);
    for (const outside of ['9.255.255.255', '11.0.0.0', '192.0.2.8', '2001:db8:aaab::', '172.32.0.0', '', 'x', '::'])
      expect(PROXIES.includes(outside)).toBe(false);
    expect(compileTrustedProxies(['0.0.0.0/0']).includes('203.0.113.1')).toBe(true);
    expect(compileTrustedProxies(['0.0.0.0/0']).includes('2001:db8::1')).toBe(false);
    expect(compileTrustedProxies(['::/0']).includes('2001:db8::1')).toBe(true);
  });

  it.each([
    '',
    'x',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0/8',
    '010.0.0.0/8',
    '::/129',
    '10.0.0.0/8/8',
    '::ffff:1.2.3.4/95',
    '1.2.3.4/ 8',
  ])('refuses the range %j', (range) => {
    expect(() => compileTrustedProxies([range])).toThrow(RangeError);
  });
});

describe('clientAddress', () => {
  it('believes nothing that a stranger says', () => {
    expect(ask('203.0.113.9', { for: '1.1.1.1', forwarded: 'for=2.2.2.2', proto: 'https', host: 'evil' })).toEqual({
      address: '203.0.113.9',
      scheme: 'http',
      host: 'h',
    });
  });

  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['198.51.100.1, 10.1.1.1, 10.2.2.2', '198.51.100.1'],
    ['1.1.1.1,198.51.100.1,10.1.1.1', '198.51.100.1'],
    ['10.3.3.3, 10.1.1.1', '10.3.3.3'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['64:ff9b::c633:6401', '198.51.100.1'],
    ['garbage', '10.0.0.1'],
    ['', '10.0.0.1'],
    ['198.51.100.1,', '10.0.0.1'],
    ['unknown, 10.1.1.1', '10.1.1.1'],
    ['198.51.100.1:4444', '198.51.100.1'],
    ['1.1.1.1:1, 198.51.100.1:4444, 10.1.1.1:80', '198.51.100.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:DB8::1]:80', '2001:db8::1'],
    ['[::ffff:198.51.100.1]:80', '198.51.100.1'],
    ['198.51.100.1:', '10.0.0.1'],
    ['198.51.100.1:44444444', '10.0.0.1'],
    ['198.51.100.1:80:80', '10.0.0.1'],
    ['[2001:db8::1', '10.0.0.1'],
    ['[198.51.100.1]:80', '10.0.0.1'],
    ['[2001:db8::1]x', '10.0.0.1'],
    ['[2001:db8::1]80', '10.0.0.1'],
    ['[2001:db8::1]:', '10.0.0.1'],
    ['[2001:db8::1]:80:80', '10.0.0.1'],
    ['[2001:db8::1]]', '10.0.0.1'],
    ['2130706433', '10.0.0.1'],
    ['0177.0.0.1', '10.0.0.1'],
    ['127.1', '10.0.0.1'],
    ['0x7f.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', '10.0.0.1'],
    ['1.1.1.1, x, 10.1.1.1', '10.1.1.1'],
  ])('walks X-Forwarded-For %j to %s', (list, expected) => {
    expect(address('10.0.0.1', { for: list })).toBe(expected);
  });

  it.each([
    ['for=198.51.100.1', '198.51.100.1'],
    ['For="198.51.100.1:4711";proto=https', '198.51.100.1'],
    ['for="[2001:db8::1]:4711"', '2001:db8::1'],
    ['for=1.1.1.1, for=198.51.100.1;by=10.0.0.1', '198.51.100.1'],
    ['for=198.51.100.1, for=10.1.1.1', '198.51.100.1'],
    ['for=_hidden, for=10.1.1.1', '10.1.1.1'],
    ['for=unknown', '10.0.0.1'],
    ['for=[2001:db8::1]', '10.0.0.1'],
    ['for=1.1.1.1;for=2.2.2.2', '10.0.0.1'],
    ['for="1.1.1.1', '10.0.0.1'],
    ['for=1.1.1.1,,', '10.0.0.1'],
    ['proto=https', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('walks Forwarded %j to %s', (field, expected) => {
    expect(address('10.0.0.1', { forwarded: field })).toBe(expected);
  });

  it('takes Forwarded and X-Forwarded-For together only where they agree', () => {
    expect(address('10.0.0.1', { for: '198.51.100.1', forwarded: 'for=198.51.100.1' })).toBe('198.51.100.1');
    expect(address('10.0.0.1', { for: '198.51.100.1', forwarded: 'for=127.0.0.1' })).toBe('conflict');
    expect(address('10.0.0.1', { for: '127.0.0.1', forwarded: 'for=198.51.100.1' })).toBe('conflict');
  });

  it('takes scheme and host from what the peer wrote itself, and only valid ones', () => {
    expect(ask('10.0.0.1', { for: '1.1.1.1', proto: 'https', host: 'api.example:8443' })).toEqual({
      address: '1.1.1.1',
      scheme: 'https',
      host: 'api.example:8443',
    });
    expect(ask('10.0.0.1', { for: '1.1.1.1', proto: 'https, HTTP', host: 'evil, good' })).toEqual({
      address: '1.1.1.1',
      scheme: 'http',
      host: 'good',
    });
    expect(ask('10.0.0.1', { for: '1.1.1.1', proto: 'gopher', host: 'a/b' })).toEqual({
      address: '1.1.1.1',
      scheme: 'http',
      host: 'h',
    });
    expect(
      ask('10.0.0.1', { forwarded: 'for=9.9.9.9;proto=http;host=evil, for=1.1.1.1;proto=HTTPS;host=good' }),
    ).toEqual({ address: '1.1.1.1', scheme: 'https', host: 'good' });
  });

  it('takes plain HTTP before a proxy from its word, whatever the proxy itself speaks', () => {
    const client = clientAddress(PROXIES, '10.0.0.1', true, 'h', { ...NONE, for: '1.1.1.1', proto: 'Http' });
    expect(client).toMatchObject({ scheme: 'http' });
    expect(clientAddress(PROXIES, '10.0.0.1', true, 'h', { ...NONE, for: '1.1.1.1' })).toMatchObject({
      scheme: 'https',
    });
    expect(clientAddress(PROXIES, '203.0.113.9', true, 'h', { ...NONE, proto: 'http' })).toMatchObject({
      scheme: 'https',
    });
    expect(ask('10.0.0.1', { for: '1.1.1.1', proto: 'xhttps' })).toMatchObject({ scheme: 'http' });
    expect(ask('10.0.0.1', { for: '1.1.1.1', proto: 'HTTPS' })).toMatchObject({ scheme: 'https' });
  });

  it('looks at 32 hops of Forwarded and no more', () => {
    const through = (proxies: number): string =>
      address('10.0.0.1', {
        forwarded: ['for=198.51.100.1', ...Array.from({ length: proxies }, () => 'for=10.0.0.2')].join(', '),
      });
    expect(through(31)).toBe('198.51.100.1');
    expect(through(32)).toBe('10.0.0.2');
  });

  it('looks at 32 hops and no more', () => {
    expect(
      address('10.0.0.1', { for: ['198.51.100.1', ...Array.from({ length: 31 }, () => '10.0.0.2')].join(',') }),
    ).toBe('198.51.100.1');
    expect(
      address('10.0.0.1', { for: ['198.51.100.1', ...Array.from({ length: 32 }, () => '10.0.0.2')].join(',') }),
    ).toBe('10.0.0.2');
  });

  it('a_client_never_chooses_its_address_behind_one_trusted_proxy', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (forged) => {
        expect(address('10.0.0.1', { for: `${forged}, 198.51.100.1` })).toBe('198.51.100.1');
      }),
    );
  });

  it('the_address_is_always_canonical', () => {
    const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.boolean(), (entries, viaForwarded) => {
        const found = address(
          '10.0.0.1',
          viaForwarded
            ? { forwarded: entries.map((one) => `for="${one.includes(':') ? `[${one}]` : one}"`).join(',') }
            : { for: entries.join(',') },
        );
        expect(canonicalAddress(found)).toBe(found);
      }),
    );
  });
});

describe('canonicalAddress', () => {
  it('has one spelling for each address', () => {
    expect(canonicalAddress('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalAddress('::FFFF:1.2.3.4')).toBe('1.2.3.4');
    expect(canonicalAddress('::ffff:102:304')).toBe('1.2.3.4');
    expect(canonicalAddress('::1')).toBe('::1');
    expect(canonicalAddress('fe80::1%eth0', true)).toBe('fe80::1');
    expect(canonicalAddress('fe80::1%eth0')).toBeNull();
    expect(canonicalAddress('1.2.3.4 ')).toBeNull();
    expect(canonicalAddress('1.2.3.04')).toBeNull();
    expect(canonicalAddress('256.1.1.1')).toBeNull();
    expect(canonicalAddress('255.255.255.255')).toBe('255.255.255.255');
  });
});
