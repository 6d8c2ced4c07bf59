import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeySetSource, TokenResult } from '@sallyport/core';
import { createFetchJson } from './fetch-json.ts';
import { createEgress } from '../egress/egress.ts';
import { createKeySet, MAX_STALE_MS, UNKNOWN_KEY_COOL_DOWN_MS, type KeySet, type KeySetOptions } from './key-set.ts';
import { doubtAbout } from '../egress/doubt-about.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { createTokenPort } from './create-token-port.ts';
import {
  goodClaims,
  jwtPolicy,
  sign,
  signingKey,
  startKeyServer,
  TestClock,
  type KeyServer,
  type SigningKey,
} from './testing/key-server.ts';

let server: KeyServer;
let clock: TestClock;
let first: SigningKey;
let second: SigningKey;
const closing: (() => void)[] = [];

beforeEach(async () => {
  server = await startKeyServer();
  clock = new TestClock();
  [first, second] = await Promise.all([signingKey('EdDSA', 'one'), signingKey('EdDSA', 'two')]);
  server.publish([first.publicJwk]);
});

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await server.close();
});

function open(source: KeySetSource = { from: 'discovery', issuer: server.url }, options: KeySetOptions = {}): KeySet {
  const { fetchJson, close } = createFetchJson(createEgress(), { purpose: 'keys', names: () => true });
  const keySet = createKeySet(
    createKeySource(source, fetchJson, () => clock.steadyMs()),
    { clock, ...options },
  );
  closing.push(() => keySet.close(), close);
  return keySet;
}

const jwks = (): number => server.asked.filter((path) => path === '/jwks').length;
const portOf = (keySet: KeySet) => createTokenPort('bearer', jwtPolicy({ issuer: server.url }), keySet);
const token = (key: SigningKey, more = {}): Promise<string> =>
  sign(key, goodClaims(clock.nowMs(), { iss: server.url, ...more }));
const code = (result: TokenResult): string | null => (result.ok ? null : result.code);
/** Waits for the load that is under way. */
const settle = (keySet: KeySet): Promise<void> => keySet.loading() ?? Promise.resolve();

describe('createKeySet', () => {
  test('a failed load is told once a reason, and so is the first that works again', async () => {
    let answer: 'down' | 'other' | 'up' = 'down';
    const keySet = createKeySet(
      () =>
        answer === 'up'
          ? Promise.resolve({ keys: [], skipped: [], maxAgeMs: null })
          : Promise.reject(new Error(`it is ${answer}`)),
      { clock },
    );
    closing.push(() => keySet.close());
    const told: (string | null)[] = [];
    keySet.start((error) => told.push(error));
    await settle(keySet);
    for (const next of ['down', 'other', 'up', 'up'] as const) {
      answer = next;
      clock.advance(UNKNOWN_KEY_COOL_DOWN_MS);
      await (keySet.refreshForUnknownKey() ?? settle(keySet));
    }
    expect(told).toEqual([expect.any(String), expect.any(String), null]);
    expect(told[0]).not.toBe(told[1]);
  });

  test('the first token waits for the keys, and later ones do not', async () => {
    const port = portOf(open());
    const good = await token(first);
    const waiting = port.verify(good, clock.nowMs());
    expect(waiting).toBeInstanceOf(Promise);
    expect(code(await waiting)).toBeNull();
    expect(port.verify(good, clock.nowMs())).not.toBeInstanceOf(Promise);
    expect(server.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  test('a hundred tokens that arrive together make one load', async () => {
    const port = portOf(open());
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, i) => token(first, { jti: String(i) })));
    const results = await Promise.all(tokens.map(async (each) => port.verify(each, clock.nowMs())));
    expect(results.map(code)).toEqual(tokens.map(() => null));
    expect(jwks()).toBe(1);
  });

  test('a key that was rotated in while requests come is found at once, and the old one is gone', async () => {
    const port = portOf(open());
    const old = await token(first);
    expect(code(await port.verify(old, clock.nowMs()))).toBeNull();
    server.publish([second.publicJwk]);
    const fresh = await Promise.all([token(second), token(second, { jti: 'b' })]);
    const results = await Promise.all([...fresh, old].map(async (each) => port.verify(each, clock.nowMs())));
    expect(results.map(code)).toEqual([null, null, null]);
    expect(jwks()).toBe(2);
    expect(code(await port.verify(old, clock.nowMs()))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
  });

  test('a storm of unknown kids makes one load in each cool-down', async () => {
    const port = portOf(open());
    await port.verify(await token(first), clock.nowMs());
    const storm = async () => {
      const forged = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          sign({ ...second, kid: `no ${i}` }, goodClaims(clock.nowMs(), { iss: server.url })),
        ),
      );
      const codes = [];
      for (const each of forged) codes.push(code(await port.verify(each, clock.nowMs())));
      expect(new Set(codes)).toEqual(new Set(['AUTHN_TOKEN_KEY_UNKNOWN']));
    };
    for (let round = 1; round <= 3; round++) {
      await storm();
      clock.advance(UNKNOWN_KEY_COOL_DOWN_MS - 1);
      await storm();
      expect(jwks()).toBe(1 + round);
      clock.advance(1);
    }
  });

  test('is renewed in the background before max-age ends, which counts as at least a minute and at most a day', async () => {
    for (const [header, dueMs] of [
      ['max-age=600', 480_000],
      ['public, max-age=1', 48_000],
      ['no-store', 48_000],
      ['max-age=99999999', 69_120_000],
      ['', 480_000],
    ] as const) {
      server.publish([first.publicJwk], header === '' ? {} : { 'Cache-Control': header });
      const keySet = open();
      keySet.start();
      await settle(keySet);
      expect(clock.nextMs).toBe(dueMs);
      expect(keySet.status()).toEqual({ state: 'fresh', keys: 1, ageMs: 0, lastError: null, skipped: [] });
      const before = jwks();
      clock.advance(dueMs);
      await settle(keySet);
      expect(jwks()).toBe(before + 1);
      keySet.close();
    }
  });

  test('an unchanged set keeps its version, a changed one does not', async () => {
    const keySet = open();
    keySet.start();
    await settle(keySet);
    const version = keySet.version;
    clock.advance(480_000);
    await settle(keySet);
    expect(keySet.version).toBe(version);
    server.publish([first.publicJwk, second.publicJwk]);
    clock.advance(480_000);
    await settle(keySet);
    expect(keySet.version).toBe(version + 1);
  });

  test('an issuer that is down from the start denies with AUTHN_KEYS_UNAVAILABLE and is asked again after 1, 2, 4 … 60 seconds', async () => {
    server.answers.clear();
    const keySet = open();
    const port = portOf(keySet);
    const good = await token(first);
    expect(code(await port.verify(good, clock.nowMs()))).toBe('AUTHN_KEYS_UNAVAILABLE');
    expect(keySet.status()).toMatchObject({
      state: 'unavailable',
      keys: 0,
      ageMs: null,
      lastError: expect.stringContaining('status 404') as string,
    });
    const asked = server.asked.length;
    for (let i = 0; i < 20; i++) expect(code(await port.verify(good, clock.nowMs()))).toBe('AUTHN_KEYS_UNAVAILABLE');
    expect(server.asked.length).toBe(asked);
    for (const delayMs of [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000)) {
      expect(clock.nextMs).toBe(delayMs);
      clock.advance(delayMs);
      await settle(keySet);
    }
    server.publish([first.publicJwk]);
    clock.advance(60_000);
    await settle(keySet);
    expect(code(await port.verify(await token(first), clock.nowMs()))).toBeNull();
  });

  test('an issuer that goes down leaves its keys for a day beyond their max-age, and then no more', async () => {
    const keySet = open();
    const port = portOf(keySet);
    const lasting = await token(first, { exp: Math.floor(clock.nowMs() / 1000) + 1_000_000 });
    expect(code(await port.verify(lasting, clock.nowMs()))).toBeNull();
    await server.close();
    clock.advance(480_000);
    await settle(keySet);
    clock.advance(120_000);
    await settle(keySet);
    expect(keySet.status()).toMatchObject({
      state: 'stale',
      keys: 1,
      lastError: expect.stringContaining('ECONN') as string,
    });
    clock.advance(MAX_STALE_MS - 1);
    expect(code(await port.verify(lasting, clock.nowMs()))).toBeNull();
    clock.advance(1);
    await settle(keySet);
    expect(code(await port.verify(lasting, clock.nowMs()))).toBe('AUTHN_KEYS_UNAVAILABLE');
    expect(keySet.status().state).toBe('unavailable');
  });

  test('keys count no longer where the clock is set back while their issuer is away, whatever a reload carries over', async () => {
    const keySet = open();
    const port = portOf(keySet);
    const lasting = await token(first, { exp: Math.floor(clock.nowMs() / 1000) + 1_000_000, nbf: 0, iat: 0 });
    expect(code(await port.verify(lasting, clock.nowMs()))).toBeNull();
    await server.close();
    clock.setBack(7_200_000);
    clock.advance(480_000);
    await settle(keySet);
    const initial = keySet.carryOver();
    const next = open(undefined, { initial });
    next.start();
    await settle(next);
    clock.advance(120_000 + MAX_STALE_MS);
    for (const one of [keySet, next]) {
      await settle(one);
      expect(code(await portOf(one).verify(lasting, clock.nowMs()))).toBe('AUTHN_KEYS_UNAVAILABLE');
    }
  });

  test('keys that grew too old at once, as in a machine that was suspended, are loaded again by the first token', async () => {
    const keySet = open();
    const port = portOf(keySet);
    expect(code(await port.verify(await token(first), clock.nowMs()))).toBeNull();
    clock.setForward(2 * MAX_STALE_MS);
    expect(code(await port.verify(await token(first), clock.nowMs()))).toBeNull();
    expect(jwks()).toBe(2);
  });

  test('an unknown key is looked for after the cool-down, even where the clock is set back meanwhile', async () => {
    const keySet = open();
    const port = portOf(keySet);
    await port.verify(await token(first), clock.nowMs());
    const made = await signingKey('EdDSA', 'made up');
    expect(code(await port.verify(await token(made), clock.nowMs()))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
    server.publish([second.publicJwk]);
    clock.setBack(3_600_000);
    clock.advance(UNKNOWN_KEY_COOL_DOWN_MS);
    expect(code(await port.verify(await token(second), clock.nowMs()))).toBeNull();
  });

  test('an issuer that never answers is given up, and its requests with it', async () => {
    server.answers.set('/jwks', () => undefined);
    const keySet = open({ from: 'url', url: `${server.url}/jwks` }, { timeoutMs: 20 });
    expect(code(await portOf(keySet).verify(await token(first), clock.nowMs()))).toBe('AUTHN_KEYS_UNAVAILABLE');
    expect(keySet.status().lastError).toContain('in time');
  });

  test('an issuer that trickles its answer is given up', async () => {
    server.answers.set('/jwks', (_, response) => void response.writeHead(200).write('{"keys":['));
    const keySet = open({ from: 'url', url: `${server.url}/jwks` }, { timeoutMs: 20 });
    await settle(keySet);
    expect(keySet.status()).toMatchObject({
      state: 'unavailable',
      lastError: expect.stringContaining('in time') as string,
    });
  });

  test('a source that ignores its signal does not hold requests', async () => {
    const deaf: KeySource = () => new Promise(() => undefined);
    const keySet = createKeySet(deaf, { clock, timeoutMs: 20 });
    closing.push(() => keySet.close());
    await settle(keySet);
    expect(keySet.status().state).toBe('unavailable');
  });

  test.each<[string, string, (server: KeyServer) => void]>([
    [
      'a status that is not 200',
      'status 500',
      ({ answers }) => answers.set('/jwks', (_, response) => void response.writeHead(500).end('{"keys":[]}')),
    ],
    [
      'a redirect',
      'redirects',
      ({ answers, url }) =>
        answers.set('/jwks', (_, response) => void response.writeHead(302, { Location: `${url}/other` }).end()),
    ],
    [
      'an answer of more than 256 KiB',
      'larger',
      ({ answers }) =>
        answers.set(
          '/jwks',
          (_, response) => void response.writeHead(200).end(`{"keys":["${'x'.repeat(256 * 1024)}"]}`),
        ),
    ],
    ['an answer that never ends', 'larger', ({ answers }) => answers.set('/jwks', (_, response) => pour(response))],
    [
      'a compressed answer',
      'compressed',
      ({ answers }) =>
        answers.set('/jwks', (_, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x')),
    ],
    ['HTML', 'not JSON', ({ answers }) => answers.set('/jwks', (_, response) => void response.end('<html>'))],
    [
      'a member twice',
      'not JSON',
      ({ answers }) => answers.set('/jwks', (_, response) => void response.end('{"keys":[],"keys":[]}')),
    ],
    [
      'no key set',
      'no list',
      ({ answers }) => answers.set('/jwks', (_, response) => void response.end('{"error":"later"}')),
    ],
    [
      'a connection that breaks',
      'ECONN|UND_ERR',
      ({ answers }) => answers.set('/jwks', (_, response) => void response.socket?.destroy()),
    ],
    [
      'metadata of another issuer',
      'another issuer',
      ({ answers }) =>
        answers.set(
          '/.well-known/openid-configuration',
          (_, response) =>
            void response.end('{"issuer":"https://evil.example","jwks_uri":"https://evil.example/jwks"}'),
        ),
    ],
    [
      'metadata with a slash more',
      'another issuer',
      ({ answers, url }) =>
        answers.set(
          '/.well-known/openid-configuration',
          (_, response) => void response.end(JSON.stringify({ issuer: `${url}/`, jwks_uri: `${url}/jwks` })),
        ),
    ],
    [
      'metadata without jwks_uri',
      'no jwks_uri',
      ({ answers, url }) =>
        answers.set(
          '/.well-known/openid-configuration',
          (_, response) => void response.end(JSON.stringify({ issuer: url })),
        ),
    ],
    [
      'metadata that points into the network',
      'https',
      ({ answers, url }) =>
        answers.set(
          '/.well-known/openid-configuration',
          (_, response) => void response.end(JSON.stringify({ issuer: url, jwks_uri: 'http://192.0.2.1/jwks' })),
        ),
    ],
  ])('never takes keys from %s, and keeps those it has', async (_, error, lie) => {
    const keySet = open();
    keySet.start();
    await settle(keySet);
    const keys = keySet.current(clock.nowMs());
    // Asked for again a day later, with discovery.
    server.publish([second.publicJwk]);
    lie(server);
    clock.advance(24 * 60 * 60 * 1000);
    await settle(keySet);
    expect(keySet.current(clock.nowMs())).toBe(keys);
    expect(keySet.status().lastError).toMatch(new RegExp(error));
    expect(server.asked).not.toContain('/other');
  });

  test('a key set that moved is found by asking discovery again after a failure', async () => {
    const keySet = open();
    keySet.start();
    await settle(keySet);
    server.answers.delete('/jwks');
    server.answers.set(
      '/.well-known/openid-configuration',
      (_, response) => void response.end(JSON.stringify({ issuer: server.url, jwks_uri: `${server.url}/moved` })),
    );
    server.answers.set('/moved', (_, response) => void response.end(JSON.stringify({ keys: [second.publicJwk] })));
    clock.advance(480_000);
    await settle(keySet);
    expect(keySet.status().lastError).toContain('status 404');
    clock.advance(1000);
    await settle(keySet);
    expect(keySet.status()).toMatchObject({ state: 'fresh', keys: 1, lastError: null });
    expect(keySet.current(clock.nowMs())?.[0]?.kid).toBe('two');
  });

  test('an empty set is an answer: the issuer took its keys back', async () => {
    const keySet = open();
    const port = portOf(keySet);
    const good = await token(first);
    expect(code(await port.verify(good, clock.nowMs()))).toBeNull();
    server.publish([]);
    clock.advance(480_000);
    await settle(keySet);
    expect(code(await port.verify(good, clock.nowMs()))).not.toBeNull();
    expect(keySet.status()).toMatchObject({ state: 'fresh', keys: 0 });
  });

  test('does nothing after close', async () => {
    const keySet = open();
    keySet.start();
    await settle(keySet);
    keySet.close();
    const asked = server.asked.length;
    clock.advance(MAX_STALE_MS);
    expect(keySet.loading()).toBeNull();
    expect(keySet.refreshForUnknownKey()).toBeNull();
    expect(server.asked.length).toBe(asked);
  });

  test('a file is read again each minute, and when a key is unknown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'keys.json');
    const write = (...keys: SigningKey[]) =>
      writeFileSync(path, JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }));
    write(first);
    const keySet = open({ from: 'file', path });
    const port = portOf(keySet);
    expect(code(await port.verify(await token(first), clock.nowMs()))).toBeNull();
    write(first, second);
    expect(code(await port.verify(await token(second), clock.nowMs()))).toBeNull();
    write(second);
    clock.advance(48_000);
    await settle(keySet);
    expect(code(await port.verify(await token(first), clock.nowMs()))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
    writeFileSync(path, '{');
    clock.advance(48_000);
    await settle(keySet);
    expect(keySet.status()).toMatchObject({ state: 'fresh', keys: 1, lastError: 'the file is not JSON' });
  });
});

/** Writes until the other side has gone. */
function pour(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
  };
  response.on('drain', more).on('error', () => undefined);
  more();
}

describe('doubtAbout', () => {
  test.each([
    ['https://id.example.com/jwks', 'https://id.example.com', true],
    ['https://keys.example.net/jwks', 'https://id.example.com', true],
    ['http://127.0.0.1:3000/jwks', 'http://localhost:3000', true],
    ['http://[::1]/jwks', 'http://127.0.0.1', true],
    ['http://id.example.com/jwks', 'http://id.example.com', false],
    ['http://127.0.0.1/jwks', 'https://id.example.com', false],
    ['http://127.0.0.1/jwks', 'http://id.example.com', false],
    ['http://127.0.0.1.evil.example/jwks', 'http://127.0.0.1', false],
    ['http://169.254.169.254/', 'http://127.0.0.1', false],
    ['https://user:password@id.example.com/', 'https://id.example.com', false],
    ['file:///etc/passwd', 'http://127.0.0.1', false],
    ['nothing', 'https://id.example.com', false],
  ])('%s for %s: asked %s', (url, configured, asked) => {
    expect(doubtAbout(url, configured) === null).toBe(asked);
  });
});
