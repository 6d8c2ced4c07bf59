import { readFileSync } from 'node:fs';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue, JwsAlgorithm } from '@sallyport/core';
import { ALGORITHM_TRAITS } from './verify-signature.ts';
import { checkHeader, isSignedBy, parseJws, selectKeys } from './jws.ts';
import { corpusPath } from '../../../core/src/testing/corpora.ts';
import { importKeySet } from './json-web-key.ts';

const EVERY_ALGORITHM = Object.keys(ALGORITHM_TRAITS) as JwsAlgorithm[];

/** Everything that is checked of a JWS before its payload is looked at. */
function accepts(jws: string, keySet: JsonValue): boolean {
  const parsed = parseJws(jws);
  if (parsed === null) return false;
  const header = checkHeader(parsed.header, EVERY_ALGORITHM);
  if (!header.ok) return false;
  const keys = selectKeys(importKeySet(keySet, true).keys, header.algorithm, header.kid);
  return isSignedBy(parsed, header.algorithm, keys);
}

interface Vectors {
  readonly testGroups: readonly {
    readonly comment: string;
    readonly public?: JsonValue;
    readonly private?: JsonValue;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: unknown;
      readonly result: string;
    }[];
  }[];
}

const path = corpusPath('jws-vectors.json');
const vectors = path === null ? null : (JSON.parse(readFileSync(path, 'utf8')) as Vectors);
if (vectors === null)
  console.warn('jws.test.ts: left out the 200 signature vectors, jws-vectors.json is not on this machine');

describe('parseJws', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const header = encode('{"alg":"RS256"}');
  test.each([
    ['the empty text', ''],
    ['two parts', `${header}.e30`],
    ['four parts', `${header}.e30.AAAA.AAAA`],
    ['five parts, a JWE', `${header}.AAAA.AAAA.AAAA.AAAA`],
    ['no header', '.e30.AAAA'],
    ['no signature', `${header}.e30.`],
    ['padding', `${header}=.e30.AAAA`],
    ['padding in the signature', `${header}.e30.AA==`],
    ['white space', `${header}.e30 .AAAA`],
    ['a line break', `${header}\n.e30.AAAA`],
    ['plain base64', `${header}.e30.+/AA`],
    ['bits beyond the last byte', `${header}.e30.AB`],
    ['a lone character', `${header}.e30.AAAAA`],
    ['a header that is not JSON', `${encode('{alg:RS256}')}.e30.AAAA`],
    ['a header that is a list', `${encode('["RS256"]')}.e30.AAAA`],
    ['a header with a member twice', `${encode('{"alg":"none","alg":"RS256"}')}.e30.AAAA`],
    ['a header with an escaped member twice', `${encode('{"alg":"none","\\u0061lg":"RS256"}')}.e30.AAAA`],
    ['a header with __proto__', `${encode('{"alg":"RS256","__proto__":{}}')}.e30.AAAA`],
    ['a header with text after it', `${encode('{"alg":"RS256"} x')}.e30.AAAA`],
    [
      'a header that is not UTF-8',
      `${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.e30.AAAA`,
    ],
  ])('refuses %s', (_, token) => {
    expect(parseJws(token)).toBeNull();
  });

  test('takes white space inside the JSON of a header, which is signed as it stands', () => {
    expect(parseJws(`${encode('{ "alg" :\n"RS256" }')}.e30.AAAA`)?.header).toEqual({ alg: 'RS256' });
  });
});

describe('checkHeader', () => {
  test.each([
    ['AUTHN_TOKEN_ALGORITHM', {}],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'none' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'None' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'nOnE' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: '' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: null }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: ['RS256'] }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'rs256' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'RS256 ' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'HS256' }],
    ['AUTHN_TOKEN_ALGORITHM', { alg: 'toString' }],
    ['AUTHN_TOKEN_KEY_EMBEDDED', { alg: 'RS256', jwk: {} }],
    ['AUTHN_TOKEN_KEY_EMBEDDED', { alg: 'RS256', jku: 'https://evil.example/jwks' }],
    ['AUTHN_TOKEN_KEY_EMBEDDED', { alg: 'RS256', x5u: 'https://evil.example/chain' }],
    ['AUTHN_TOKEN_CRITICAL', { alg: 'RS256', crit: ['exp'] }],
    ['AUTHN_TOKEN_CRITICAL', { alg: 'RS256', crit: [] }],
    ['AUTHN_TOKEN_CRITICAL', { alg: 'RS256', b64: false }],
    ['AUTHN_TOKEN_MALFORMED', { alg: 'RS256', kid: 1 }],
    ['AUTHN_TOKEN_MALFORMED', { alg: 'RS256', kid: 'k'.repeat(513) }],
  ] as const)('refuses with %s the header %j', (code, header) => {
    expect(checkHeader(header as unknown as JsonObject, ['RS256'])).toEqual({ ok: false, code });
  });

  test('never reads a certificate chain that comes with a token', () => {
    expect(checkHeader({ alg: 'RS256', x5c: ['AAAA'], kid: 'k' }, ['RS256'])).toEqual({
      ok: true,
      algorithm: 'RS256',
      kid: 'k',
    });
  });
});

describe.skipIf(vectors === null)('signature vectors', () => {
  const cases = (vectors?.testGroups ?? []).flatMap(({ tests, ...group }) =>
    tests
      .filter(({ jws }) => typeof jws === 'string')
      .map((vector) => ({ ...vector, jws: vector.jws as string, key: group.public ?? group.private ?? null })),
  );

  test('are there', () => {
    expect(cases.length).toBeGreaterThan(150);
  });

  test('no invalid one is accepted', () => {
    // One vector (367) calls a text invalid that another (357) calls valid under the same key, byte for byte.
    const valid = new Set(cases.filter(({ result }) => result === 'valid').map(({ jws }) => jws));
    const accepted = cases.filter(
      ({ result, jws, key }) => result !== 'valid' && !valid.has(jws) && accepts(jws, { keys: [key] }),
    );
    expect(accepted.map(({ tcId, comment }) => `${tcId} ${comment}`)).toEqual([]);
  });

  test('none that jose accepts as valid is refused', async () => {
    const refused: string[] = [];
    let byJose = 0;
    for (const { tcId, comment, result, jws, key } of cases) {
      if (result !== 'valid') continue;
      const joseAccepts = await compactVerify(jws, createLocalJWKSet({ keys: [key] } as unknown as JSONWebKeySet)).then(
        () => true,
        () => false,
      );
      if (joseAccepts) byJose++;
      if (joseAccepts && !accepts(jws, { keys: [key] })) refused.push(`${tcId} ${comment}`);
    }
    expect(refused).toEqual([]);
    expect(byJose).toBeGreaterThan(10);
  });
});
