import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { compileUpstreamAddress, cookiePathAtDoor, referenceAtDoor, type ClientView } from './upstream-reference.ts';

const PLAIN: ClientView = { clientScheme: 'http', clientHost: 'door.example' };
const OVER_TLS: ClientView = { ...PLAIN, clientScheme: 'https' };
const address = (url: string, ...templates: string[]) => compileUpstreamAddress(url, templates);
const LOCAL = address('http://127.0.0.1:3000');
const BELOW = address('http://127.0.0.1:3000/base/v1/', '/items/{id}');

describe('referenceAtDoor', () => {
  it.each([
    ['http://127.0.0.1:3000/items/5?a=b&c=d#e', '/items/5?a=b&c=d#e'],
    ['HTTP://127.0.0.1:3000/Items', '/Items'],
    ['//127.0.0.1:3000/items', '/items'],
    ['http://127.0.0.1:3000', '/'],
    ['http://127.0.0.1:3000?a', '/?a'],
    ['http://127.0.0.1:3000#a', '/#a'],
    ['http://127.0.0.1:03000/items', '/items'],
    ['http://0x7f.1:3000/items', '/items'],
    ['http://user:password@127.0.0.1:3000/items', '/items'],
    ['http://evil.example@127.0.0.1:3000/items', '/items'],
    ['http://127.0.0.1:3000/a b/\u00c3\u00a4?http://127.0.0.1:3000', '/a b/\u00c3\u00a4?http://127.0.0.1:3000'],
  ])('%s names the upstream and goes out as %s', (reference, out) => {
    expect(referenceAtDoor(LOCAL, reference, PLAIN)).toBe(out);
  });

  it.each([
    'https://id.example/authorize?redirect_uri=http://127.0.0.1:3000/back',
    'http://127.0.0.1/items',
    'http://127.0.0.1:30000/items',
    'http://127.0.0.1:3000.evil.example/items',
    'http://127.0.0.1:3000@evil.example/items',
    'http://127.0.0.1:3000:80/items',
    'http://localhost:3000/items',
    'https://127.0.0.1:3000/items',
    'ftp://127.0.0.1:3000/items',
    'http:/127.0.0.1:3000/items',
    'http:127.0.0.1:3000/items',
    'http:///127.0.0.1:3000/items',
    'http://127.0.0.1:3000\\@evil.example/items',
    'http:\\\\127.0.0.1:3000\\items',
    'http://127.0.0.1:\t3000/items',
    'http://[127.0.0.1:3000/items',
    '///127.0.0.1:3000/items',
    '/\\evil.example',
    '/\t/evil.example',
    '/items',
    'items/5',
    '../items',
    '?page=2',
    '#top',
    '',
    'mailto:a@127.0.0.1',
    'none of these',
  ])('%s goes out as it came', (reference) => {
    expect(referenceAtDoor(LOCAL, reference, PLAIN)).toBe(reference);
  });

  it('leaves the address of the door alone where there is no base path', () => {
    expect(referenceAtDoor(LOCAL, 'http://door.example/items', PLAIN)).toBe('http://door.example/items');
  });

  it.each([
    ['http://127.0.0.1:3000//evil.example/a', '/.//evil.example/a'],
    ['http://127.0.0.1:3000/\\evil.example', '/./\\evil.example'],
    ['http://127.0.0.1:3000/\t/evil.example', '/./\t/evil.example'],
    ['http://127.0.0.1:3000/base/v1//evil.example', '/.//evil.example', BELOW],
    ['/base/v1//evil.example', '/.//evil.example', BELOW],
    ['/base/v1/\\evil.example', '/./\\evil.example', BELOW],
  ])('%j never becomes the address of another host', (reference, out, from = LOCAL) => {
    expect(referenceAtDoor(from, reference, PLAIN)).toBe(out);
    expect(new URL(out, 'http://door.example/a').host).toBe('door.example');
  });

  it.each([
    ['http://api.internal', 'http://API.Internal:80/a', '/a'],
    ['https://api.internal', 'https://api.internal:443/a', '/a'],
    ['http://api.internal:80', 'http://api.internal/a', '/a'],
    ['http://[::1]:3000', 'http://[0:0:0:0:0:0:0:1]:3000/a', '/a'],
    ['http://[::1]:3000', 'http://[::2]:3000/a', 'http://[::2]:3000/a'],
    ['http://api.internal:443', 'http://api.internal/a', 'http://api.internal/a'],
  ])('behind %s, %s goes out as %s', (url, reference, out) => {
    expect(referenceAtDoor(address(url), reference, PLAIN)).toBe(out);
  });

  it('knows the host of the upstream behind the scheme that the client came by, for it was told both', () => {
    for (const reference of ['https://127.0.0.1:3000/a', 'http://127.0.0.1:3000/a', '//127.0.0.1:3000/a'])
      expect(referenceAtDoor(LOCAL, reference, OVER_TLS)).toBe('/a');
    const secure = address('https://api.internal');
    expect(referenceAtDoor(secure, 'http://api.internal/a', PLAIN)).toBe('/a');
    expect(referenceAtDoor(secure, 'http://api.internal/a', OVER_TLS)).toBe('http://api.internal/a');
    // A redirect from plain HTTP to TLS at another port leads elsewhere: made a path, it would lead back for ever.
    const plain = address('http://api.internal');
    expect(referenceAtDoor(plain, 'https://api.internal/a', PLAIN)).toBe('https://api.internal/a');
    expect(referenceAtDoor(plain, '//api.internal:443/a', PLAIN)).toBe('//api.internal:443/a');
  });

  it.each([
    ['http://127.0.0.1:3000/base/v1/items/5', '/items/5'],
    ['http://127.0.0.1:3000/base/v1', '/'],
    ['http://127.0.0.1:3000/base/v1?page=/../2', '/?page=/../2'],
    ['/base/v1/items/5', '/items/5'],
    ['/base/v1', '/'],
    ['/base/v1#a', '/#a'],
    // An API that goes by X-Forwarded-Host.
    ['http://door.example/base/v1/items/5?a', '/items/5?a'],
    ['https://DOOR.example/base/v1//evil.example', '/.//evil.example'],
    ['http://door.example/items/5', 'http://door.example/items/5'],
    ['http://door.example', 'http://door.example'],
    ['http://door.example:8080/base/v1/items', 'http://door.example:8080/base/v1/items'],
    // Not below it: the origin alone is left out.
    ['http://127.0.0.1:3000/login', '/login'],
    ['http://127.0.0.1:3000/base/v10/items', '/base/v10/items'],
    ['http://127.0.0.1:3000/base/v1/../v2', '/base/v1/../v2'],
    ['http://127.0.0.1:3000/base/v1/%2E%2e/v2', '/base/v1/%2E%2e/v2'],
    ['http://127.0.0.1:3000/BASE/v1/items', '/BASE/v1/items'],
    ['/items/5', '/items/5'],
    ['/base/v1/..', '/base/v1/..'],
    ['/base', '/base'],
    ['base/v1/items', 'base/v1/items'],
    ['https://id.example/base/v1/items', 'https://id.example/base/v1/items'],
  ])('behind a base path, %s goes out as %s', (reference, out) => {
    expect(referenceAtDoor(BELOW, reference, PLAIN)).toBe(out);
  });

  it('leaves a path alone that may be one at the door, where a path of the document may begin as the base path does', () => {
    for (const template of ['/base/v1/items', '/{tenant}/v1/items', '/base/{version}'])
      expect(referenceAtDoor(address('http://a/base/v1', '/other', template), '/base/v1/items', PLAIN)).toBe(
        '/base/v1/items',
      );
    for (const template of ['/base', '/base/v2/items', '/bases/v1', '/base/v10'])
      expect(referenceAtDoor(address('http://a/base/v1', template), '/base/v1/items', PLAIN)).toBe('/items');
    expect(referenceAtDoor(address('http://a/base', '/base/items'), 'http://door.example/base/items', PLAIN)).toBe(
      'http://door.example/base/items',
    );
    // With the host of the upstream it can be but the upstream's.
    expect(referenceAtDoor(address('http://a/base', '/base/items'), 'http://a/base/base/items', PLAIN)).toBe(
      '/base/items',
    );
  });
});

describe('laws of referenceAtDoor', () => {
  const piece = fc.constantFrom(
    ...['http:', 'https:', '//', '/', '\\', '127.0.0.1', ':3000', '@', 'evil.example', '/base/v1', '..', '.', '%2e'],
    ...['?', '#', '\t', ' ', 'items', '[::1]', ':', '%2F', '\u00e4', ';'],
  );
  const reference = fc
    .tuple(
      fc.constantFrom('', '//127.0.0.1:3000', 'http://127.0.0.1:3000', '/base/v1'),
      fc.array(piece, { maxLength: 6 }),
    )
    .map(([start, pieces]) => start + pieces.join(''));
  const view = fc.constantFrom(PLAIN, OVER_TLS);

  it('what_is_exchanged_stays_at_the_door', () => {
    fc.assert(
      fc.property(reference, view, fc.constantFrom(LOCAL, BELOW), (before, client, from) => {
        const after = referenceAtDoor(from, before, client);
        if (after === before) return;
        expect(after).toMatch(/^\//);
        for (const base of ['http://door.example/a/b', 'https://door.example:8443/'])
          expect(new URL(after, base).origin).toBe(new URL(base).origin);
      }),
      { numRuns: 2000 },
    );
  });

  it('what_is_exchanged_is_the_same_place_behind_the_door', () => {
    fc.assert(
      fc.property(reference, (before) => {
        const after = referenceAtDoor(LOCAL, before, PLAIN);
        if (after === before) return;
        const meant = new URL(before, 'http://127.0.0.1:3000/a/b');
        const reached = new URL(after, 'http://127.0.0.1:3000/a/b');
        expect(reached.pathname + reached.search + reached.hash).toBe(meant.pathname + meant.search + meant.hash);
        expect(meant.host).toBe('127.0.0.1:3000');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('cookiePathAtDoor', () => {
  it('leaves the base path out, and other paths alone', () => {
    for (const [path, out] of [
      ['/base/v1', '/'],
      ['/base/v1/items', '/items'],
      ['/', '/'],
      ['/base', '/base'],
      ['', ''],
    ] as const)
      expect(cookiePathAtDoor(BELOW, path)).toBe(out);
    expect(cookiePathAtDoor(LOCAL, '/base/v1')).toBe('/base/v1');
    expect(cookiePathAtDoor(address('http://a/base', '/base/items'), '/base')).toBe('/base');
  });
});
