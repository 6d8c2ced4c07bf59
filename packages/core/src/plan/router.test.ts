import { describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { canonicalPath } from '../stages/head/canonical-path.ts';
import { createRouter, type Router } from './router.ts';

const routerOf = (...routes: string[]): Router<string> =>
  createRouter(
    routes.map((route) => {
      const [method = '', template = ''] = route.split(' ');
      return { method, template, value: route };
    }),
  );

/** The value, or the allowed methods where there are some, or null; and the values of expressions. */
const find = (router: Router<string>, method: string, path: string): [unknown, readonly string[]] => {
  const { value, allow, values } = router.find(path, method);
  return [value ?? (allow.length > 0 ? allow : null), values];
};

describe('the router', () => {
  it('prefers concrete segments to templated ones, from the left, whatever the order', () => {
    const routes = ['GET /pets/{id}', 'GET /pets/mine', 'GET /{kind}/mine', 'GET /{kind}/{id}'];
    for (const router of [routerOf(...routes), routerOf(...routes.toReversed())]) {
      expect(find(router, 'GET', '/pets/mine')).toEqual(['GET /pets/mine', []]);
      expect(find(router, 'GET', '/pets/1')).toEqual(['GET /pets/{id}', ['1']]);
      expect(find(router, 'GET', '/cats/mine')).toEqual(['GET /{kind}/mine', ['cats']]);
      expect(find(router, 'GET', '/cats/1')).toEqual(['GET /{kind}/{id}', ['cats', '1']]);
    }
  });

  it('takes a path for nothing that another router could take for a concrete one without regard to case', () => {
    const router = routerOf(
      'GET /users/{id}',
      'GET /users/exportAll',
      'GET /{tenant}/stats',
      'GET /admin/{what}',
      'GET /caf%C3%A9/x',
      'GET /{a}/x',
    );
    expect(find(router, 'GET', '/users/exportAll')).toEqual(['GET /users/exportAll', []]);
    for (const path of [
      '/users/exportall',
      '/users/EXPORTALL',
      '/Admin/stats',
      '/CAF%C3%89/x',
      '/users/%C5%BFtats'.replace('tats', 'x'),
      '/u%C5%BFers/x',
    ])
      expect([path, find(router, 'GET', path)[0]]).toEqual([
        path,
        path.startsWith('/users/%') ? 'GET /users/{id}' : null,
      ]);
    expect(find(router, 'GET', '/users/Export')).toEqual(['GET /users/{id}', ['Export']]);
    expect(find(router, 'GET', '/Acme/stats')).toEqual(['GET /{tenant}/stats', ['Acme']]);
    // A document that tells them apart itself means it.
    const both = routerOf('GET /a/B/{x}', 'GET /a/b/{x}', 'GET /a/{y}/{x}');
    expect(find(both, 'GET', '/a/B/1')).toEqual(['GET /a/B/{x}', ['1']]);
    expect(find(both, 'GET', '/a/b/1')).toEqual(['GET /a/b/{x}', ['1']]);
  });

  it('goes back to a templated segment where the concrete one leads nowhere', () => {
    const router = routerOf('GET /a/b/c', 'GET /{x}/{y}/d', 'GET /a/{y}/e/{z}');
    expect(find(router, 'GET', '/a/b/d')).toEqual(['GET /{x}/{y}/d', ['a', 'b']]);
    expect(find(router, 'GET', '/a/b/e/f')).toEqual(['GET /a/{y}/e/{z}', ['b', 'f']]);
    expect(find(router, 'GET', '/a/b/f')).toEqual([null, []]);
  });

  it('matches text around and between expressions', () => {
    const router = routerOf(
      'GET /files/{name}.json',
      'GET /files/{name}',
      'GET /r/{a}-{b}',
      'POST /jobs/{id}:cancel',
      'POST /jobs/{id}',
      'GET /c/{base}...{head}',
      'GET /x{a}y{b}z',
    );
    expect(find(router, 'GET', '/files/a.json')).toEqual(['GET /files/{name}.json', ['a']]);
    expect(find(router, 'GET', '/files/a.json.json')).toEqual(['GET /files/{name}.json', ['a.json']]);
    expect(find(router, 'GET', '/files/.json')).toEqual(['GET /files/{name}', ['.json']]);
    expect(find(router, 'GET', '/files/a.xml')).toEqual(['GET /files/{name}', ['a.xml']]);
    expect(find(router, 'GET', '/r/1-2')).toEqual(['GET /r/{a}-{b}', ['1', '2']]);
    expect(find(router, 'GET', '/r/1-2-3')).toEqual(['GET /r/{a}-{b}', ['1', '2-3']]);
    expect(find(router, 'GET', '/r/-2')).toEqual([null, []]);
    expect(find(router, 'GET', '/r/1-')).toEqual([null, []]);
    expect(find(router, 'POST', '/jobs/7:cancel')).toEqual(['POST /jobs/{id}:cancel', ['7']]);
    expect(find(router, 'POST', '/jobs/7')).toEqual(['POST /jobs/{id}', ['7']]);
    expect(find(router, 'GET', '/c/main...x')).toEqual(['GET /c/{base}...{head}', ['main', 'x']]);
    expect(find(router, 'GET', '/x1y2z')).toEqual(['GET /x{a}y{b}z', ['1', '2']]);
    expect(find(router, 'GET', '/xyz')).toEqual([null, []]);
  });

  it('answers a known path and an unknown method with the methods there are', () => {
    const router = routerOf('GET /a', 'POST /a', 'PUT /a/{b}');
    expect(find(router, 'DELETE', '/a')).toEqual([['GET', 'HEAD', 'OPTIONS', 'POST'], []]);
    expect(find(router, 'GET', '/a/1')).toEqual([['OPTIONS', 'PUT'], ['1']]);
    expect(find(router, 'get', '/a')[0]).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST']);
  });

  it('serves HEAD where GET is declared, and by its own operation where that is', () => {
    expect(find(routerOf('GET /a'), 'HEAD', '/a')[0]).toBe('GET /a');
    expect(find(routerOf('HEAD /a', 'GET /a'), 'HEAD', '/a')[0]).toBe('HEAD /a');
  });

  it('decides the path before the method', () => {
    const router = routerOf('GET /users/me', 'DELETE /users/{id}');
    expect(find(router, 'DELETE', '/users/me')[0]).toEqual(['GET', 'HEAD', 'OPTIONS']);
  });

  it('counts case and a trailing slash, and matches no empty value', () => {
    const router = routerOf('GET /a/{b}', 'GET /c');
    for (const path of ['/A/1', '/a/1/', '/a/', '/a', '/c/', '/', '', '*', '/a/1/2']) {
      expect(find(router, 'GET', path)).toEqual([null, []]);
    }
    expect(find(routerOf('GET /a/', 'GET /a/{b}/'), 'GET', '/a/1/')).toEqual(['GET /a/{b}/', ['1']]);
  });

  it('matches templates authored with other escapes than the canonical ones', () => {
    const router = routerOf('GET /caf%c3%a9/{x}', 'GET /straße', 'GET /it%3Ame');
    expect(find(router, 'GET', '/caf%C3%A9/1')[0]).toBe('GET /caf%c3%a9/{x}');
    expect(find(router, 'GET', '/stra%C3%9Fe')[0]).toBe('GET /straße');
    expect(find(router, 'GET', '/it:me')[0]).toBe('GET /it%3Ame');
  });

  it('matches nothing where an escape decoded would lead elsewhere', () => {
    const router = routerOf('GET /at/{lat},{lon}', 'GET /at/{name}', 'GET /a=b', 'GET /{any}');
    expect(find(router, 'GET', '/at/1,2')).toEqual(['GET /at/{lat},{lon}', ['1', '2']]);
    expect(find(router, 'GET', '/at/1%2C2')).toEqual([null, []]);
    expect(find(router, 'GET', '/a%3Db')).toEqual([null, []]);
    expect(find(router, 'GET', '/at/1%2B2')).toEqual(['GET /at/{name}', ['1%2B2']]);
  });

  it('is not misled by names of Object.prototype', () => {
    const router = routerOf('GET /a/{b}/c');
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(find(router, 'GET', `/${name}`)[0]).toBeNull();
      expect(find(router, name, `/a/${name}/c`)).toEqual([['GET', 'HEAD', 'OPTIONS'], [name]]);
    }
  });

  it('bounds the search on a tree made for backtracking', () => {
    const router = routerOf(
      ...Array.from({ length: 12 }, (_, depth) => `GET ${'/a'.repeat(depth)}/{x}${'/a'.repeat(20 - depth)}/end`),
    );
    // Without a bound this would go on for longer than the test may take.
    for (let round = 0; round < 2000; round++) {
      expect(router.find(`${'/a'.repeat(21)}/nowhere`, 'GET').value).toBeNull();
    }
  });

  it('orders the templates of a large document once, not again for each of them', () => {
    const sort = Array.prototype.sort;
    let sorted = 0;
    const counting = vi.spyOn(Array.prototype, 'sort').mockImplementation(function (this: unknown[], compare) {
      sorted += this.length;
      return sort.call(this, compare);
    });
    const routes = Array.from({ length: 500 }, (_, i) => `GET /reports/of-${i}-{id}`);
    try {
      const router = routerOf(...routes);
      expect(find(router, 'GET', '/reports/of-499-7')).toEqual(['GET /reports/of-499-{id}', ['7']]);
    } finally {
      counting.mockRestore();
    }
    // The tree, the tree without case, and the three methods of each leaf.
    expect(sorted).toBeLessThanOrEqual((2 + 3) * routes.length);
  });
});

describe('laws of the router', () => {
  const segment = fc.constantFrom('a', 'b', '{x}', '{x}.j', 'p{x}', '{x}-{y}');
  const template = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
  const toRegExp = (text: string): RegExp =>
    new RegExp(`^${text.replaceAll('.', '\\.').replaceAll(/\{\w\}/g, '[^/]+')}$`);

  it('a_path_is_found_exactly_when_some_template_matches_it', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', 'x.j', 'pq', '1-2', 'p.j', '-', '.j'), { minLength: 1, maxLength: 4 })
      .map((segments) => `/${segments.join('/')}`);
    fc.assert(
      fc.property(fc.array(template, { minLength: 1, maxLength: 8 }), path, (templates, sent) => {
        const router = createRouter(templates.map((one) => ({ method: 'GET', template: one, value: one })));
        const { value: found, values } = router.find(sent, 'GET');
        expect(found !== null).toBe(templates.some((one) => toRegExp(one).test(sent)));
        if (found === null) return;
        let index = 0;
        expect(found.replaceAll(/\{\w\}/g, () => values[index++] ?? '')).toBe(sent);
      }),
      { numRuns: 2000 },
    );
  });

  it('the_order_of_routes_never_matters', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(template, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('/a', '/a/b', '/p.j', '/p1-2.j/b', '/a/x.j/1-2'),
        (templates, sent) => {
          const routes = templates.map((one) => ({ method: 'GET', template: one, value: one }));
          const forward = createRouter(routes).find(sent, 'GET');
          expect(createRouter(routes.toReversed()).find(sent, 'GET')).toEqual(forward);
        },
      ),
    );
  });

  it('every_concrete_template_is_found_by_its_canonical_path', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('é', 'a b', '%41', '~', ':x', '%c3%a9', 'ü%20'), { minLength: 1, maxLength: 3 }),
        (parts) => {
          const text = `/${parts.join('/')}`;
          const sent = canonicalPath(text.replace(/[^\x21-\x7e]/g, encodeURIComponent));
          expect(
            'path' in sent && createRouter([{ method: 'GET', template: text, value: 1 }]).find(sent.path, 'GET').value,
          ).toBe(1);
        },
      ),
    );
  });
});
