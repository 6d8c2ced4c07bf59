import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal, type TokenResult } from '@sallyport/core';
import { asKeyOf, countedTokenPort } from './counted-token-port.ts';
import { countedKeyOf, createCountedKeys } from './counted-keys.ts';
import type { ForgetfulTokenPort } from '../create-token-port.ts';
import type { KeyChange } from '../../store/store-port.ts';

let version = 0;
const change = (id: string, limits: readonly string[], family = id, addresses: readonly string[] = []): KeyChange => ({
  version: ++version,
  sha256: '',
  counted: { id, family, limits, addresses },
});
const tokenOf = (attributes: Record<string, unknown>): Principal => ({
  ...ANONYMOUS,
  kind: 'token',
  subject: 's',
  attributes,
});
const portOf = (result: TokenResult | Promise<TokenResult>): ForgetfulTokenPort => ({
  verify: () => result,
  invalidate: () => undefined,
});
const keysOf = (result: TokenResult): unknown => (result.ok ? result.principal.keys : result.code);

describe('counted keys', () => {
  it('hold nothing of keys without limits that took over from none, and let go of those that lost theirs', () => {
    const keys = createCountedKeys();
    keys.note([{ version: 1, sha256: '', counted: null }, change('a', ['5/m']), change('b', [], 'a')]);
    expect(keys.size).toBe(2);
    expect(keys.of('b')).toEqual({ family: 'a', limits: [] });
    keys.note([change('a', [])]);
    expect(keys.of('a')).toBeUndefined();
    expect(keys.size).toBe(1);
  });

  it('share what keys of equal limits have, however many other limits come and go', () => {
    const keys = createCountedKeys();
    keys.note([change('a', ['5/m']), change('b', ['5/m'])]);
    expect(keys.of('a')?.limits).toBe(keys.of('b')?.limits);
    keys.note(Array.from({ length: 5000 }, (_, index) => change('c', [`${index + 1}/m`])));
    expect(keys.of('a')?.limits.map(({ limit }) => limit)).toEqual([5]);
    expect(keys.of('c')?.limits.map(({ limit }) => limit)).toEqual([5000]);
  });

  it('share the addresses of keys with equal lists, however many other lists come and go', () => {
    const keys = createCountedKeys();
    const bound = (id: string, ...ranges: string[]): KeyChange => change(id, [], id, ranges);
    keys.note([bound('a', '10.1.0.0/16', '10.2.0.0/16'), bound('b', '10.1.0.0/16', '10.2.0.0/16'), bound('c')]);
    expect(keys.addressesOf('a')).not.toBeNull();
    expect(keys.addressesOf('a')).toBe(keys.addressesOf('b'));
    expect(keys.addressesOf('c')).toBeNull();
    keys.note(Array.from({ length: 1500 }, (_, index) => bound('c', `10.${index >> 8}.${index & 255}.0/24`)));
    expect(keys.addressesOf('a')?.check('10.2.0.1')).toBe(true);
    expect(keys.addressesOf('c')?.check('10.2.0.1')).toBe(false);
    expect(keys.addressesOf('c')?.check('10.5.219.1')).toBe(true);
  });

  it('whose limits are not as they were written are held to be unknown, never unlimited', () => {
    const keys = createCountedKeys();
    keys.note([change('a', ['no limit at all'])]);
    expect(keys.of('a')).toBeNull();
    expect(() => countedKeyOf({ family: 'a', limits: ['no limit at all'] })).toThrow(/cannot be read/);
  });
});

describe('countedTokenPort', () => {
  const principal = asKeyOf(tokenOf({ client_id: 'a' }));

  it('lets a token count as the key that obtained it, and another token as nobody', () => {
    expect(principal).toMatchObject({ keyId: 'a', keys: [{ family: 'a', limits: [] }] });
    for (const attributes of [{}, { client_id: 7 }, { client_id: '' }])
      expect(asKeyOf(tokenOf(attributes))).toMatchObject({ keyId: null });
  });

  it('gives it the limits that the key has now, and one principal as long as they stay', async () => {
    const keys = createCountedKeys();
    const result: TokenResult = { ok: true, principal };
    const port = countedTokenPort(portOf(result), keys);
    expect(port.verify('t', 0)).toBe(result);
    keys.note([change('a', ['5/m'])]);
    const counted = port.verify('t', 0) as TokenResult;
    expect(keysOf(counted)).toEqual([keys.of('a')]);
    expect(port.verify('t', 0)).toBe(counted);
    keys.note([change('a', ['6/m'])]);
    expect(keysOf(await countedTokenPort(portOf(Promise.resolve(result)), keys).verify('t', 0))).toEqual([
      keys.of('a'),
    ]);
    keys.note([change('a', []), change('b', ['1/m'])]);
    expect(port.verify('t', 0)).toBe(result);
  });

  it('refuses a token from where its key is refused, with AUTHN_KEY_ADDRESS, and one of a key that nobody has heard of yet', () => {
    const keys = createCountedKeys();
    const from = (clientAddress: string | null, claims: object = { address_bound: true }): unknown => {
      const held = { ...principal, attributes: { ...principal.attributes, ...claims } };
      const presented = { as: 'bearer', proof: null, method: '', url: '', certificateThumbprint: null } as const;
      const port = countedTokenPort(portOf({ ok: true, principal: held }), keys);
      const result = port.verify('t', 0, clientAddress === null ? presented : { ...presented, clientAddress });
      return result instanceof Promise ? null : result.ok || result.code;
    };
    expect([from('10.1.0.1'), from('10.1.0.1', {})]).toEqual(['AUTHN_STORE_UNAVAILABLE', true]);
    keys.note([change('b', ['5/m'])]);
    expect(from('10.1.0.1')).toBe('AUTHN_STORE_UNAVAILABLE');
    keys.note([change('a', [], 'a', ['10.1.0.0/16', '2001:db8::/32'])]);
    // Whatever the token says of itself: it may be older than the claim.
    for (const claims of [{}, { address_bound: true }]) {
      expect([from('10.1.0.1', claims), from('2001:db8::1', claims)]).toEqual([true, true]);
      for (const elsewhere of ['10.2.0.1', '2001:db9::1', '', 'x', null])
        expect(from(elsewhere, claims)).toBe('AUTHN_KEY_ADDRESS');
    }
    keys.note([change('a', [], 'a', ['no range'])]);
    expect(from('10.1.0.1')).toBe('AUTHN_KEY_ADDRESS');
  });

  it('refuses a token whose key nobody can tell the limits of with AUTHN_STORE_UNAVAILABLE, and passes refusals on', () => {
    const keys = createCountedKeys();
    keys.note([change('a', ['no limit at all'])]);
    expect(keysOf(countedTokenPort(portOf({ ok: true, principal }), keys).verify('t', 0) as TokenResult)).toBe(
      'AUTHN_STORE_UNAVAILABLE',
    );
    const refusal: TokenResult = { ok: false, code: 'AUTHN_TOKEN_EXPIRED', facts: {} };
    expect(countedTokenPort(portOf(refusal), keys).verify('t', 0)).toBe(refusal);
  });
});
