import { describe, expect, test } from 'vitest';
import { exchangeWith } from './testing/secured-document.ts';
import { isForeign, isNavigation, isUnsafe, originOf } from './browser-request.ts';

const OWN = 'https://door.example';
const TRUSTED = 'https://app.example';

describe('isForeign', () => {
  const asked = (origin: string | null, site: string | null, own: string | null = OWN): boolean =>
    isForeign(
      exchangeWith([
        ...(origin === null ? [] : ['Origin', origin]),
        ...(site === null ? [] : ['Sec-Fetch-Site', site]),
      ]),
      own,
      [TRUSTED],
    );

  test.each([
    [OWN, null],
    [OWN, 'same-origin'],
    [OWN, 'none'],
    [null, 'same-origin'],
    [null, 'none'],
    [TRUSTED, null],
    [TRUSTED, 'cross-site'],
  ])('takes Origin %j with Sec-Fetch-Site %j for ours', (origin, site) => {
    expect(asked(origin, site)).toBe(false);
  });

  test.each([
    [null, null],
    [null, 'cross-site'],
    [null, 'same-site'],
    [null, ''],
    [OWN, 'cross-site'],
    [OWN, 'same-site'],
    ['https://evil.example', null],
    ['https://evil.example', 'same-origin'],
    ['https://evil.example', 'none'],
    ['null', 'same-origin'],
    ['', 'same-origin'],
    [`${TRUSTED}.evil.example`, 'same-origin'],
  ])('takes Origin %j with Sec-Fetch-Site %j for a stranger', (origin, site) => {
    expect(asked(origin, site)).toBe(true);
  });

  test('takes any Origin for a stranger where we do not know our own', () => {
    expect(asked(OWN, 'same-origin', null)).toBe(true);
    expect(asked(null, 'same-origin', null)).toBe(false);
  });

  test.each([
    ['Origin', OWN, 'sec-fetch-site', 'same-origin'],
    ['Origin', TRUSTED, 'sec-fetch-site', 'same-origin'],
    ['Sec-Fetch-Site', 'same-origin', 'origin', OWN],
    ['Sec-Fetch-Site', 'same-origin', 'origin', TRUSTED],
  ])('takes a request with %s twice for a stranger', (name, value, other, its) => {
    expect(isForeign(exchangeWith([name, value, name, value]), OWN, [TRUSTED])).toBe(true);
    expect(isForeign(exchangeWith([other, its, name, value, name, value]), OWN, [TRUSTED])).toBe(true);
  });
});

describe('isUnsafe', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])('is false of %s', (method) => {
    expect(isUnsafe(Object.assign(exchangeWith([]), { method }))).toBe(false);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE', 'get', ''])('is true of %j', (method) => {
    expect(isUnsafe(Object.assign(exchangeWith([]), { method }))).toBe(true);
  });
});

describe('originOf', () => {
  const seen = (scheme: 'http' | 'https', host: string, configured: string | null = null): string | null =>
    originOf(Object.assign(exchangeWith([]), { clientScheme: scheme, clientHost: host }), configured);

  test('is the one of the policy wherever a request came', () => {
    expect(seen('http', 'localhost:8080', OWN)).toBe(OWN);
    expect(seen('https', 'evil.example', OWN)).toBe(OWN);
  });

  test('is without a policy that of the request on a loopback name in plain HTTP alone', () => {
    expect(seen('http', 'localhost:8080')).toBe('http://localhost:8080');
    expect(seen('http', '127.0.0.1')).toBe('http://127.0.0.1');
    expect(seen('http', 'evil.example')).toBeNull();
    expect(seen('http', '')).toBeNull();
    expect(seen('https', 'localhost:8080')).toBeNull();
  });
});

describe('isNavigation', () => {
  const opens = (headers: readonly string[], accept: string | null = null, method = 'GET'): boolean => {
    const exchange = Object.assign(exchangeWith(headers), { method });
    exchange.headers.accept = accept;
    return isNavigation(exchange);
  };

  test.each([
    [['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'], null],
    [['Sec-Fetch-Mode', 'navigate'], null],
    [[], 'text/html'],
    [[], 'application/xhtml+xml, Text/HTML;q=0.9'],
  ])('is true of a page that is opened: %j, Accept %j', (headers, accept) => {
    expect(opens(headers, accept)).toBe(true);
    expect(opens(headers, accept, 'POST')).toBe(false);
  });

  test.each([
    [['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'document'], 'text/html'],
    [['Sec-Fetch-Mode', 'cors'], 'text/html'],
    [['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe'], 'text/html'],
    [['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Mode', 'navigate'], 'text/html'],
    [['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document', 'Sec-Fetch-Dest', 'document'], 'text/html'],
    [['Sec-Fetch-Dest', 'document'], null],
    [[], 'application/json'],
    [[], 'text/htmlx, x-text/html'],
    [[], null],
  ])('is false of what a page does not show: %j, Accept %j', (headers, accept) => {
    expect(opens(headers, accept)).toBe(false);
  });
});
