import { describe, expect, it } from 'vitest';
import { parsePolicy, type Policy } from '@sallyport/core';
import { makeRevocation, RevocationError, type RevocationRequest } from './make-revocation.ts';
import type { NewRevocation } from '../../store/store-port.ts';

const policyOf = (more = '', store = 'store: { revocations: on }'): Policy =>
  parsePolicy(
    {
      file: 'sallyport.yaml',
      text: `upstream: http://127.0.0.1:1\n${store}\nauthentication:\n  bearer: { issuer: https://id.example, audience: a }\n  basic: { users: u.txt }\n${more}`,
    },
    { environment: () => undefined, readFile: () => 'secret' },
  );
const make = (request: RevocationRequest, policy = policyOf()): NewRevocation =>
  makeRevocation(request, { policy, authorities: null, nowMs: 1_000_000, expiresAtMs: null, reason: null });
const jwt = (claims: object): string =>
  [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.c2ln';

describe('makeRevocation', () => {
  it('takes the end of a JWT from it, with room for clocks, and never holds the token', () => {
    const token = jwt({ exp: 5000 });
    const made = make({ kind: 'token', token });
    expect(made).toMatchObject({ kind: 'token', value: null, atMs: 1_000_000, expiresAtMs: 5_300_000 });
    expect(JSON.stringify(made)).not.toContain(token.split('.')[1]);
  });

  it.each([
    ['an opaque token', 'abc'],
    ['a JWT without exp', jwt({})],
    ['a JWT of a far time', jwt({ exp: 1e12 })],
    ['a JWT whose time is none', jwt({ exp: 'soon' })],
    ['what is no JSON', 'a.b.c'],
  ])('keeps %s for good', (_, token) => {
    expect(make({ kind: 'token', token }).expiresAtMs).toBeNull();
  });

  it('does not believe the time of a token whose issuer is asked about it', () => {
    const policy = policyOf(
      '  opaque: { audience: a, introspection: { endpoint: "https://id.example/i", clientId: c, clientSecret: "${file:s}" } }',
    );
    expect(make({ kind: 'token', token: jwt({ exp: 5000 }) }, policy).expiresAtMs).toBeNull();
  });

  it.each<[string, RevocationRequest, RegExp]>([
    ['an empty token', { kind: 'token', token: '' }, /empty/],
    ['a token of two lines', { kind: 'token', token: 'a\nb' }, /characters/],
    ['no subject', { kind: 'subject', value: '', issuer: null }, /nothing/],
    [
      'an issuer that nobody knows',
      { kind: 'subject', value: 'a', issuer: 'https://id.exmaple' },
      /https:\/\/id.example, basic/,
    ],
    ['no serial number', { kind: 'certificate', serial: 'CN=a', issuer: null }, /hexadecimal/],
    [
      'a certificate where no client is asked for one',
      { kind: 'certificate', serial: '1A', issuer: null },
      /clientCertificates/,
    ],
    ['a file without a certificate', { kind: 'certificate', pem: '' }, /no certificate/],
    ['a file with half of one', { kind: 'certificate', pem: '-----BEGIN CERTIFICATE-----\nAA' }, /cannot be read/],
  ])('refuses %s', (_, request, said) => {
    expect(() => make(request)).toThrow(RevocationError);
    expect(() => make(request)).toThrow(said);
  });

  it('refuses to revoke what no gateway would look up', () => {
    for (const store of ['', 'store: { url: sqlite:./s.db, revocations: off }'])
      expect(() => make({ kind: 'token', token: 'a' }, policyOf('', store))).toThrow(/no gateway/);
    expect(make({ kind: 'token', token: 'a' }, policyOf('  k: { keys: store }', '')).kind).toBe('token');
  });
});
