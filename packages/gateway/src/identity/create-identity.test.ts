import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ConfigurationError,
  type ApiDocument,
  type AuthenticationPolicy,
  type ConfigurationProblem,
  type Policy,
} from '@sallyport/core';
import { createIdentity } from './create-identity.ts';
import type { Identity } from './identity.ts';
import {
  goodClaims,
  jwtPolicy,
  sign,
  signingKey,
  startKeyServer,
  type KeyServer,
  type SigningKey,
} from './testing/key-server.ts';
import { hashPassword } from './hash-password.ts';

let folder: string;
let server: KeyServer;
let key: SigningKey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
  server = await startKeyServer();
  key = await signingKey('ES256', 'k');
  server.publish([key.publicJwk]);
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [key.publicJwk] }));
  writeFileSync(
    join(folder, 'keys.yaml'),
    `keys:\n  - { id: k1, sha256: ${createHash('sha256').update('open').digest('hex')} }\n`,
  );
  writeFileSync(join(folder, 'users.txt'), `anna:${await hashPassword('secret', { cost: 16_384, parallelism: 1 })}\n`);
  writeFileSync(join(folder, 'bad.yaml'), 'keys:\n  - id: x\n');
  writeFileSync(join(folder, 'bad.txt'), 'anna:secret\n');
  writeFileSync(join(folder, 'bad.json'), '{"keys":[]}');
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

const API_KEY = (path: string): AuthenticationPolicy => ({
  kind: 'api-key',
  keys: { from: 'file', path },
  allowInQuery: false,
  forwardCredential: false,
  place: null,
});
const BASIC = (path: string): AuthenticationPolicy => ({
  kind: 'basic',
  users: { from: 'file', path },
  realm: 'r',
  forwardCredential: false,
  place: null,
});

function identityOf(
  authentication: Readonly<Record<string, AuthenticationPolicy>>,
  schemes = Object.keys(authentication),
  previous?: Identity,
): Identity {
  const policy = {
    file: join(folder, 'sallyport.yaml'),
    authentication: new Map(Object.entries(authentication)),
    admin: null,
  } as unknown as Policy;
  return createIdentity(
    policy,
    {
      securitySchemes: new Map(schemes.map((name) => [name, {}])),
    } as unknown as ApiDocument,
    previous === undefined ? {} : { previous },
  );
}

function problemsOf(authentication: Readonly<Record<string, AuthenticationPolicy>>): readonly ConfigurationProblem[] {
  try {
    void identityOf(authentication).close();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('createIdentity', () => {
  test('tells the key sets of several issuers under one scheme apart', () => {
    const entries = [
      jwtPolicy({ issuer: server.url, keys: { from: 'discovery', issuer: server.url } }),
      jwtPolicy({ issuer: 'file', keys: { from: 'file', path: join(folder, 'keys.json') }, maxStaleMs: 0 }),
    ];
    const identity = identityOf({ many: { kind: 'issuers', entries, forwardCredential: false, place: null } });
    try {
      expect(identity.status().map(({ scheme }) => scheme)).toEqual(['many[0]', 'many[1]']);
    } finally {
      void identity.close();
    }
  });

  test('hands the memory of used proofs on to the identity after a reload', () => {
    const before = identityOf({});
    const after = identityOf({}, [], before);
    expect(after.possession).toBe(before.possession);
    expect(identityOf({}).possession).not.toBe(before.possession);
  });

  test('makes a port for every scheme', async () => {
    const issuer = server.url;
    const identity = identityOf({
      one: jwtPolicy({ issuer, keys: { from: 'discovery', issuer } }),
      two: jwtPolicy({ issuer, keys: { from: 'discovery', issuer }, audiences: ['other'] }),
      file: jwtPolicy({ keys: { from: 'file', path: join(folder, 'keys.json') } }),
      key: API_KEY(join(folder, 'keys.yaml')),
      basic: BASIC(join(folder, 'users.txt')),
    });
    try {
      identity.start();
      const nowMs = Date.now();
      expect(
        (await identity.tokens.get('one')?.verify(await sign(key, goodClaims(nowMs, { iss: issuer })), nowMs))?.ok,
      ).toBe(true);
      expect(
        (
          await identity.tokens
            .get('two')
            ?.verify(await sign(key, goodClaims(nowMs, { iss: issuer, aud: 'other' })), nowMs)
        )?.ok,
      ).toBe(true);
      expect((await identity.tokens.get('file')?.verify(await sign(key, goodClaims(nowMs)), nowMs))?.ok).toBe(true);
      expect((await identity.apiKeys.get('key')?.lookup('open', nowMs))?.ok).toBe(true);
      expect((await identity.passwords.get('basic')?.check('anna', 'secret', nowMs))?.ok).toBe(true);
      expect(identity.files).toEqual([join(folder, 'keys.yaml'), join(folder, 'users.txt')]);
      expect(identity.status().map(({ scheme, state, keys }) => [scheme, state, keys])).toEqual([
        ['one', 'fresh', 1],
        ['two', 'fresh', 1],
        ['file', 'fresh', 1],
      ]);
      expect(server.asked.filter((path) => path === '/jwks').length).toBe(1);
    } finally {
      await identity.close();
    }
  });

  test('takes over the keys of the identity before a reload, so that an issuer that is down locks nobody out', async () => {
    const issuer = server.url;
    const policy = { one: jwtPolicy({ issuer, keys: { from: 'discovery', issuer } }) };
    const token = await sign(key, goodClaims(Date.now(), { iss: issuer }));
    const before = identityOf(policy);
    expect((await before.tokens.get('one')?.verify(token, Date.now()))?.ok).toBe(true);
    server.answers.clear();
    const after = identityOf(policy, ['one'], before);
    await before.close();
    after.start();
    const verdict = after.tokens.get('one')?.verify(token, Date.now());
    expect(verdict).toMatchObject({ ok: true });
    expect(after.status()[0]?.ageMs).toBeGreaterThanOrEqual(0);
    await after.close();
    server.publish([key.publicJwk]);
  });

  test('leaves entries alone for schemes that the document does not have', async () => {
    const identity = identityOf({ key: API_KEY(join(folder, 'nothing.yaml')) }, []);
    expect(identity.apiKeys.size).toBe(0);
    await identity.close();
  });

  test('reports every problem of every file at once', () => {
    const problems = problemsOf({
      missing: API_KEY(join(folder, 'nothing.yaml')),
      folder: BASIC(join(folder, '.')),
      keys: API_KEY(join(folder, 'bad.yaml')),
      users: BASIC(join(folder, 'bad.txt')),
      set: jwtPolicy({ keys: { from: 'file', path: join(folder, 'bad.json') } }),
      noSet: jwtPolicy({ keys: { from: 'file', path: join(folder, 'nothing.json') } }),
      plain: jwtPolicy({
        keys: { from: 'url', url: 'http://id.example.com/jwks' },
        place: { file: 'sallyport.yaml', pointer: '/authentication/plain' },
      }),
    });
    expect(problems.map(({ code, file, line, path }) => [code, file.replace(`${folder}/`, ''), line, path])).toEqual([
      ['IDENTITY_FILE_UNREADABLE', 'nothing.yaml', 0, ''],
      ['IDENTITY_FILE_UNREADABLE', folder, 0, ''],
      ['API_KEY_FILE_INVALID', 'bad.yaml', 2, '/keys/0'],
      ['PASSWORD_FILE_INVALID', 'bad.txt', 1, ''],
      ['KEY_SET_FILE_INVALID', 'bad.json', 0, ''],
      ['IDENTITY_FILE_UNREADABLE', 'nothing.json', 0, ''],
      ['KEY_SET_ADDRESS', 'sallyport.yaml', 0, '/authentication/plain'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('anna:secret');
  });
});
