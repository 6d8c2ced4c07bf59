import { describe, expect, test } from 'vitest';
import type { TokenResult } from '@sallyport/core';
import { createIssuersPort, type IssuerEntry } from './create-issuers-port.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${encode({ alg: 'RS256' })}.${encode(claims)}.AAAA`;

/** An entry whose refusal tells that it was asked. */
function entry(issuer: string | null, name: string, introspects = false): IssuerEntry {
  return {
    issuer,
    introspects,
    port: { verify: () => ({ ok: false, code: 'AUTHN_TOKEN_SIGNATURE', facts: { name } }), invalidate() {} },
  };
}

async function asked(entries: readonly IssuerEntry[], token: string): Promise<unknown> {
  const result: TokenResult = await createIssuersPort(entries, 1000).verify(token, 0);
  return result.ok ? null : (result.facts['name'] ?? result.code);
}

describe('createIssuersPort', () => {
  const two = [entry('https://a.example', 'a'), entry('https://b.example', 'b')];

  test('asks the entry of the issuer in the token, and no other', async () => {
    expect(await asked(two, jwt({ iss: 'https://a.example' }))).toBe('a');
    expect(await asked(two, jwt({ iss: 'https://b.example' }))).toBe('b');
  });

  test('refuses an unknown, missing or wrong issuer, an opaque token, and one that is too large', async () => {
    for (const claims of [{ iss: 'https://c.example' }, {}, { iss: 7 }, { iss: ['https://a.example'] }, null, 7, []])
      expect(await asked(two, jwt(claims))).toBe('AUTHN_TOKEN_ISSUER');
    for (const token of ['opaque', 'a.b.c', 'a.b', jwt([]).slice(1)])
      expect(await asked(two, token)).toBe('AUTHN_TOKEN_MALFORMED');
    expect(await asked(two, jwt({ iss: 'https://a.example', pad: 'x'.repeat(1000) }))).toBe('AUTHN_TOKEN_TOO_LARGE');
  });

  test('introspects what is opaque; a JWT of a stranger only where the introspecting entry names no issuer', async () => {
    const named = [...two, entry('https://o.example', 'o', true)];
    const nameless = [...two, entry(null, 'o', true)];
    for (const entries of [named, nameless]) expect(await asked(entries, 'opaque')).toBe('o');
    expect(await asked(named, jwt({ iss: 'https://o.example' }))).toBe('o');
    expect(await asked(named, jwt({ iss: 'https://c.example' }))).toBe('AUTHN_TOKEN_ISSUER');
    expect(await asked(nameless, jwt({ iss: 'https://c.example' }))).toBe('o');
    expect(await asked(nameless, jwt({ iss: 'https://a.example' }))).toBe('a');
  });
});
