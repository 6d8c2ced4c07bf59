import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Exchange } from '../../exchange.ts';
import type { LimitKey } from '../../policy/policy.ts';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { addressBlock } from './address-block.ts';
import { compileKey } from './limit-key.ts';

const ADDRESS: LimitKey = { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 };
const USER: Principal = {
  ...ANONYMOUS,
  kind: 'token',
  subject: 'alice',
  issuer: 'https://id.example',
  attributes: { tenant: 't1', plan: 7, list: ['x'], nested: { a: 1 } },
};

interface Who {
  readonly address?: string;
  readonly principal?: Principal | null;
  readonly raw?: readonly string[];
}
const key = (
  by: LimitKey,
  { address = '192.0.2.1', principal = null, raw = [] }: Who,
  perOperation = false,
  operation = 'op',
): string => {
  const exchange = new Exchange('id', 0, 'GET', '/', raw, address, false);
  exchange.principal = principal;
  return compileKey(by, operation, perOperation)(exchange);
};

describe('addressBlock', () => {
  it.each([
    ['192.0.2.77', 32, 64, '192.0.2.77'],
    ['192.0.2.77', 24, 64, '192.0.2.0'],
    ['192.0.2.77', 0, 64, '0.0.0.0'],
    ['255.255.255.255', 1, 64, '128.0.0.0'],
    ['2001:db8:1:2:3:4:5:6', 32, 64, '620010db800010002'],
    ['2001:db8:1:2::1', 32, 64, '620010db800010002'],
    ['2001:db8:1:2::1', 32, 60, '620010db800010000'],
    ['::1', 32, 128, '600000000000000000000000000000001'],
    ['::1', 32, 0, '6'],
    ['::ffff:192.0.2.77', 32, 64, '192.0.2.77'],
    ['', 32, 64, '?='],
  ])('%s by /%i and /%i is the block %s', (address, ipv4Prefix, ipv6Prefix, block) => {
    expect(addressBlock(address, ipv4Prefix, ipv6Prefix)).toBe(block);
  });

  it('two_addresses_of_one_64_share_a_block_and_no_others_do', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const address = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 3 }), (one, two, differs) => {
        const mixed = [...one.slice(0, 4), ...two.slice(4)];
        expect(addressBlock(mixed.join(':'), 32, 64)).toBe(addressBlock(one.join(':'), 32, 64));
        const other = mixed.with(differs, ((Number.parseInt(mixed[differs] ?? '', 16) + 1) & 0xffff).toString(16));
        expect(addressBlock(other.join(':'), 32, 64)).not.toBe(addressBlock(one.join(':'), 32, 64));
      }),
    );
  });
});

describe('compileKey', () => {
  it('counts by address whoever asks', () => {
    expect(key(ADDRESS, { principal: USER })).toBe(key(ADDRESS, {}));
    expect(key(ADDRESS, { address: '192.0.2.2' })).not.toBe(key(ADDRESS, {}));
  });

  it('counts addresses by the prefixes of the rule, each of its own version', () => {
    const by: LimitKey = { kind: 'address', ipv4Prefix: 24, ipv6Prefix: 48 };
    const same = (one: string, two: string): boolean => key(by, { address: one }) === key(by, { address: two });
    expect(same('192.0.2.1', '192.0.2.255')).toBe(true);
    expect(same('192.0.2.1', '192.0.3.1')).toBe(false);
    expect(same('2001:db8:1:2::1', '2001:db8:1:3::1')).toBe(true);
    expect(same('2001:db8:1:2::1', '2001:db8:2:2::1')).toBe(false);
    // By the /64 where nothing else is known of who asks.
    const stranger = (address: string): string => key({ kind: 'principal' }, { address });
    expect(stranger('2001:db8:1:2::1')).toBe(stranger('2001:db8:1:2::2'));
    expect(stranger('2001:db8:1:2::1')).not.toBe(stranger('2001:db8:1:3::1'));
    expect(stranger('192.0.2.1')).not.toBe(stranger('192.0.2.2'));
  });

  it('counts principals by issuer and subject, and anonymous ones by address', () => {
    const by: LimitKey = { kind: 'principal' };
    expect(key(by, { principal: USER, address: '192.0.2.9' })).toBe(key(by, { principal: USER }));
    expect(key(by, { principal: { ...USER, issuer: 'https://id.exampl', subject: 'ealice' } })).not.toBe(
      key(by, { principal: USER }),
    );
    for (const principal of [null, ANONYMOUS]) expect(key(by, { principal })).toBe(key(ADDRESS, {}));
  });

  it('counts keys by id, and falls back to the principal', () => {
    const by: LimitKey = { kind: 'key' };
    const first = { ...USER, kind: 'key' as const, keyId: 'k1' };
    expect(key(by, { principal: first })).not.toBe(key(by, { principal: { ...first, keyId: 'k2' } }));
    expect(key(by, { principal: first })).toBe(key(by, { principal: { ...first, subject: 'bob' } }));
    expect(key(by, { principal: USER })).toBe(key({ kind: 'principal' }, { principal: USER }));
  });

  it('counts scalar claims by value and type, and others by principal', () => {
    const claim = (name: string, principal: Principal | null = USER) => key({ kind: 'claim', name }, { principal });
    const own = key({ kind: 'principal' }, { principal: USER });
    expect(claim('tenant')).toBe(claim('tenant', { ...USER, subject: 'bob' }));
    expect(claim('plan')).not.toBe(claim('plan', { ...USER, attributes: { plan: '7' } }));
    for (const name of ['absent', 'list', 'nested', '__proto__', 'constructor', 'toString'])
      expect(claim(name)).toBe(own);
    expect(claim('tenant', null)).toBe(key(ADDRESS, {}));
  });

  it('counts by header in any case, and by address without it', () => {
    const by: LimitKey = { kind: 'header', name: 'X-Tenant' };
    expect(key(by, { raw: ['x-tenant', 'a'] })).toBe(key(by, { raw: ['X-TENANT', 'a'], address: '192.0.2.9' }));
    expect(key(by, { raw: ['x-tenant', 'a', 'x-tenant', 'b'] })).toBe(key(by, { raw: ['x-tenant', 'a, b'] }));
    expect(key(by, {})).toBe(key(ADDRESS, {}));
    expect(key(by, { raw: ['x-others', 'a', 'x-tenants', 'a'] })).toBe(key(ADDRESS, {}));
    expect(key(by, { raw: ['x-others', 'a', 'x-tenant', 'b'] })).toBe(key(by, { raw: ['x-tenant', 'b'] }));
  });

  it('counts by operation, and per operation where the rule says so', () => {
    const by: LimitKey = { kind: 'operation' };
    expect(key(by, {})).toBe(key(by, { address: '192.0.2.9' }));
    expect(key(by, {}, false, 'a')).not.toBe(key(by, {}, false, 'b'));
    expect(key(ADDRESS, {}, false, 'a')).toBe(key(ADDRESS, {}, false, 'b'));
    expect(key(ADDRESS, {}, true, 'a')).not.toBe(key(ADDRESS, {}, true, 'b'));
  });

  it('a_key_is_bounded_whatever_was_sent', () => {
    const text = fc.string({ maxLength: 5000, size: 'max' });
    fc.assert(
      fc.property(text, text, text, (header, subject, claim) => {
        const principal: Principal = { ...USER, subject, issuer: claim, attributes: { c: claim } };
        for (const by of [
          { kind: 'principal' },
          { kind: 'claim', name: 'c' },
          { kind: 'header', name: 'h' },
        ] as const) {
          expect(key(by, { principal, raw: ['h', header] }).length).toBeLessThan(600);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('different_holders_have_different_keys', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('=', ':', '#', '1', 'a'), maxLength: 4 }),
      fc.constantFrom('', ':', '1:', '=', 'a'.repeat(300), `${'a'.repeat(299)}b`),
    );
    const holder = fc.record({ issuer: text, subject: text });
    const keyOf = (one: { issuer: string; subject: string }): string =>
      key({ kind: 'principal' }, { principal: { ...USER, ...one } });
    expect(keyOf({ issuer: 'x', subject: 'y=z' })).not.toBe(keyOf({ issuer: 'x=y', subject: 'z' }));
    fc.assert(
      fc.property(holder, holder, (one, two) => {
        expect(keyOf(one) === keyOf(two)).toBe(one.issuer === two.issuer && one.subject === two.subject);
      }),
      { numRuns: 1000 },
    );
  });
});
