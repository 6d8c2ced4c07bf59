import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { classifyAddress, liesIn } from './classify-address.ts';
import { NO_EGRESS, refuseAddress } from './egress-policy.ts';

const PUBLIC = [
  '93.184.216.34',
  '1.1.1.1',
  '192.31.196.1',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2620:4f:8000::1',
];
const NEVER = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fe80::1',
  'fe80::1%eth0',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
];
const PRIVATE = [
  '10.0.0.1',
  '100.64.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.18.0.1',
  'fc00::1',
  'fd12::1',
  'fec0::1',
  '2001:db8::1',
  '5f00::1',
  '100::1',
  '4000::1',
];
const LOOPBACK = ['127.0.0.1', '127.255.255.254', '::1'];

/** IPv6 forms under which an IPv4 address is reached. */
const FORMS: readonly (readonly [string, (four: readonly number[]) => string])[] = [
  ['IPv4-mapped', (four) => `::ffff:${four.join('.')}`],
  ['IPv4-translated', (four) => `::ffff:0:${four.join('.')}`],
  ['IPv4-compatible', (four) => `::${hex(four)}`],
  ['NAT64', (four) => `64:ff9b::${four.join('.')}`],
  ['local NAT64', (four) => `64:ff9b:1::${four.join('.')}`],
  ['6to4', (four) => `2002:${hex(four)}::1`],
  ['Teredo client', (four) => `2001:0:101:101:0:0:${hex(four.map((byte) => byte ^ 0xff))}`],
  ['Teredo server', (four) => `2001:0:${hex(four)}::fefe:fefe`],
  ['ISATAP', (four) => `2606:4700::5efe:${hex(four)}`],
  ['ISATAP of a public address', (four) => `2606:4700::200:5efe:${hex(four)}`],
];

function hex(four: readonly number[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = four;
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

describe('classifyAddress', () => {
  it.each(PUBLIC)('takes %s for public', (address) => expect(classifyAddress(address)).toBe('public'));
  it.each(NEVER)('takes %s for one that is never asked', (address) => expect(classifyAddress(address)).toBe('never'));
  it.each(PRIVATE)('takes %s for private', (address) => expect(classifyAddress(address)).toBe('private'));
  it.each(LOOPBACK)('takes %s for this machine', (address) => expect(classifyAddress(address)).toBe('loopback'));
  it.each(['', 'localhost', '10.1', '0x7f000001', '2130706433', '127.0.0.1:80', '[::1]', '127.0.0.1 '])(
    'takes %j, which is no address, for one that is never asked',
    (text) => expect(classifyAddress(text)).toBe('never'),
  );

  it.each(FORMS)('an_address_inside_of_%s_is_judged_as_itself', (_name, form) => {
    for (const address of NEVER.filter((one) => one.includes('.')))
      expect([address, classifyAddress(form(address.split('.').map(Number)))]).toEqual([address, 'never']);
    for (const address of [...PRIVATE, ...LOOPBACK].filter((one) => one.includes('.')))
      expect(classifyAddress(form(address.split('.').map(Number)))).not.toBe('public');
  });

  it('a_public_address_is_global_unicast_for_the_address_library_too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        if (classifyAddress(address) !== 'public') return;
        const range = ipaddr.process(address).range();
        // Forms whose inner address is public, and what the registries give out to everybody.
        expect(['unicast', 'rfc6052', '6to4', 'as112', 'as112v6', 'amt']).toContain(range);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('liesIn', () => {
  it('finds an address in its range, in whatever form it is written', () => {
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3', '2002:a01:203::1'])
      expect(liesIn(address, ['10.0.0.0/8'])).toBe(true);
    expect(liesIn('10.1.2.3', ['10.2.0.0/16', 'fd00::/8'])).toBe(false);
    expect(liesIn('nonsense', ['10.0.0.0/8'])).toBe(false);
  });
});

describe('refuseAddress', () => {
  const ALLOWED = { ranges: ['10.0.0.0/8'], hosts: ['id.internal', '*.corp.example'] };

  it('lets a document name the internet, and nothing else', () => {
    expect(refuseAddress('1.1.1.1', 'id.example', false, NO_EGRESS)).toBeNull();
    expect(refuseAddress('10.0.0.1', 'id.example', false, NO_EGRESS)).toBe('private');
    expect(refuseAddress('::1', 'id.example', false, NO_EGRESS)).toBe('loopback');
    expect(refuseAddress('169.254.169.254', 'id.example', false, NO_EGRESS)).toBe('never');
  });
  it('lets the policy name its own network and machine', () => {
    expect(refuseAddress('10.0.0.1', 'id.example', true, NO_EGRESS)).toBeNull();
    expect(refuseAddress('127.0.0.1', 'localhost', true, NO_EGRESS)).toBeNull();
  });
  it('lets a document name what egress.allow lists', () => {
    expect(refuseAddress('10.0.0.1', 'id.example', false, ALLOWED)).toBeNull();
    expect(refuseAddress('192.168.0.1', 'id.example', false, ALLOWED)).toBe('private');
    expect(refuseAddress('192.168.0.1', 'ID.internal.', false, ALLOWED)).toBeNull();
    expect(refuseAddress('192.168.0.1', 'a.corp.example', false, ALLOWED)).toBeNull();
    expect(refuseAddress('192.168.0.1', 'a.b.corp.example', false, ALLOWED)).toBe('private');
    expect(refuseAddress('192.168.0.1', 'corp.example', false, ALLOWED)).toBe('private');
  });
  it('nobody_may_ask_a_metadata_service', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NEVER),
        fc.boolean(),
        fc.constantFrom('id.internal', 'x.corp.example', 'y'),
        (address, named, host) => {
          expect(refuseAddress(address, host, named, ALLOWED)).toBe('never');
        },
      ),
    );
  });
});
