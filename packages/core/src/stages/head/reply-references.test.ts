import { describe, expect, it } from 'vitest';
import { compileReplyReferences } from './reply-references.ts';
import { compileUpstreamAddress } from './upstream-reference.ts';

const client = { clientScheme: 'http', clientHost: 'api.example:8080' } as const;
const references = compileReplyReferences(compileUpstreamAddress('http://api.internal:3000/base', ['/items']));
const out = (name: string, value: string, clientHost = 'api.example:8080'): string | undefined =>
  references.get(name)?.(value, { ...client, clientHost });

describe('compileReplyReferences', () => {
  it('exchanges the whole of Location and Content-Location', () => {
    for (const name of ['location', 'content-location']) {
      expect(out(name, 'http://api.internal:3000/base/items/5')).toBe('/items/5');
      expect(out(name, '/base/items/5')).toBe('/items/5');
      expect(out(name, 'https://id.example/')).toBe('https://id.example/');
    }
  });

  it.each([
    ['5; url=http://api.internal:3000/base/items', '5; url=/items'],
    ['0;URL = "http://api.internal:3000/base/items"', '0;URL = "/items"'],
    ["0, 'http://api.internal:3000/base/items'; more", "0, '/items'; more"],
    ['0; http://api.internal:3000/base/items', '0; /items'],
    ['1.5;url="http://api.internal:3000/base/items', '1.5;url="/items'],
    ['5', '5'],
    ['5;', '5;'],
    ['url=http://api.internal:3000/', 'url=http://api.internal:3000/'],
    ['0; url=https://id.example/', '0; url=https://id.example/'],
  ])('exchanges the reference in the Refresh %s', (value, expected) => {
    expect(out('refresh', value)).toBe(expected);
  });

  it.each([
    ['<http://api.internal:3000/base/items?page=2>; rel="next"', '</items?page=2>; rel="next"'],
    [
      '<http://api.internal:3000/base/items>;rel=self, <https://id.example/>; rel=author,</base/items?a,b;c>;rel=last',
      '</items>;rel=self, <https://id.example/>; rel=author,</items?a,b;c>;rel=last',
    ],
    [
      '</base/a>; anchor="http://api.internal:3000/base/b"; title="a \\" <http://api.internal:3000/base/c>", </base/d>',
      '</a>; anchor="/b"; title="a \\" <http://api.internal:3000/base/c>", </d>',
    ],
    ['</base/a>; ANCHOR = "/base/b"; noanchor="/base/c"', '</a>; ANCHOR = "/b"; noanchor="/base/c"'],
    ['</base/a>; title="open </base/b>', '</a>; title="open </base/b>'],
    ['</base/a>, <http://api.internal:3000/base/b', '</a>, <http://api.internal:3000/base/b'],
    ['http://api.internal:3000/base/a; rel=next', 'http://api.internal:3000/base/a; rel=next'],
    ['', ''],
  ])('exchanges the targets and contexts of the Link %s', (value, expected) => {
    expect(out('link', value)).toBe(expected);
  });

  it.each([
    ['a=b; Domain=api.internal; Path=/base/items; Secure', 'a=b; Path=/items; Secure'],
    ['a=b;domain = .API.internal ;path=/base', 'a=b; path=/'],
    ['a=b; Path=/', 'a=b; Path=/'],
    ['a=b; Domain=internal; HttpOnly; Path=/other', 'a=b; Domain=internal; HttpOnly; Path=/other'],
    ['a=domain=api.internal; Max-Age=1', 'a=domain=api.internal; Max-Age=1'],
    ['domain=api.internal', 'domain=api.internal'],
    [
      'a=b; Domain; Path; =; Expires=Mon, 23 Nov 2026 20:00:00 GMT',
      'a=b; Domain; Path; =; Expires=Mon, 23 Nov 2026 20:00:00 GMT',
    ],
    ['a="/base;b"', 'a="/base;b"'],
  ])('makes the cookie %s one of the host that sends it', (value, expected) => {
    expect(out('set-cookie', value)).toBe(expected);
  });

  it('leaves the Domain of a cookie alone where the client knows the door by that name too', () => {
    for (const host of ['api.internal', 'API.internal:8080', 'door.api.internal'])
      expect(out('set-cookie', 'a=b; Domain=api.internal', host)).toBe('a=b; Domain=api.internal');
    expect(out('set-cookie', 'a=b; Domain=api.internal', 'myapi.internal')).toBe('a=b');
  });

  it('knows no other header', () => {
    expect([...references.keys()].sort()).toEqual(['content-location', 'link', 'location', 'refresh', 'set-cookie']);
  });
});
