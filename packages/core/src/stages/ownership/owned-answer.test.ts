import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import {
  decideOwnedAnswer,
  decideOwnedHead,
  denyNotWhole,
  hideFromHead,
  type OwnedAnswerRule,
} from './owned-answer.ts';
import { Exchange } from '../../exchange.ts';
import { UpstreamAnswer } from '../upstream-answer.ts';
import type { Coverage, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { OwnedList, OwnedResource } from '../../policy/ownership-policy.ts';

const LIST: OwnedList = {
  operation: 'list',
  list: ['items'],
  item: [['owner']],
  total: [{ tokens: ['total'] }, { header: 'x-total' }],
  hide: [{ tokens: ['next'] }, { header: 'link' }],
  place: null,
};
const RESOURCE = {
  name: 'account',
  test: { kind: 'owner', matches: [{ tokens: ['owner'], equals: [{ from: 'subject' }] }] },
  unless: { roles: ['auditor', 'admin'], scopes: ['accounts:all'] },
  deny: 404,
  absent: 'deny',
  maxIds: 10,
  upstreamErrors: 'hidden',
} as unknown as OwnedResource;
const ALICE: Principal = { ...ANONYMOUS, kind: 'token', subject: 'alice', issuer: 'https://id.example' };

const checkOf = (more: Partial<OwnedResource> = {}): OwnerCheck => ({
  resource: { ...RESOURCE, ...more },
  places: [{ in: 'path', name: 'id', index: 0, divider: null }],
  how: 'answer',
  read: null,
});
const listOf = (more: Partial<OwnedList> = {}) =>
  ({ resource: RESOURCE, list: { ...LIST, ...more } }) as Coverage['lists'][number];
const objectRule = (more: Partial<OwnedResource> = {}): OwnedAnswerRule => {
  const check = checkOf(more);
  return { mode: 'enforce', answered: [check], guard: check, lists: [] };
};
const listRule = (mode: 'enforce' | 'observe' = 'enforce', more: Partial<OwnedList> = {}): OwnedAnswerRule => ({
  mode,
  answered: [],
  guard: null,
  lists: [listOf(more)],
});

function asking(principal: Principal | null = ALICE, method = 'GET'): Exchange {
  const exchange = new Exchange('r', 0, method, '/accounts/7', [], '192.0.2.1', false);
  exchange.pathValues = ['7'];
  exchange.principal = principal;
  return exchange;
}
const head = (rule: OwnedAnswerRule, status: number, exchange = asking()): string => {
  const verdict = decideOwnedHead(rule, status, exchange);
  return typeof verdict === 'string' ? verdict : verdict.denial.code;
};
const answer = (body: string, headers: string[] = []): UpstreamAnswer =>
  new UpstreamAnswer(200, ['Content-Type', 'application/json', ...headers], new TextEncoder().encode(body));
const admins: readonly Principal[] = [
  { ...ALICE, roles: ['auditor'] },
  { ...ALICE, roles: ['other', 'admin'] },
  { ...ALICE, scopes: new Set(['accounts:all']) },
];

describe('an answer of an object whose owner it names', () => {
  it.each([
    [200, 'whole'],
    [201, 'whole'],
    [203, 'whole'],
    [204, 'OWNERSHIP_UNKNOWN'],
    [206, 'OWNERSHIP_UNKNOWN'],
    [304, 'OWNERSHIP_UNKNOWN'],
    [199, 'OWNERSHIP_UNKNOWN'],
    [302, 'OWNERSHIP_UNKNOWN'],
    [403, 'OWNERSHIP_UNKNOWN'],
    [404, 'OBJECT_NOT_FOUND'],
    [410, 'OBJECT_NOT_FOUND'],
    [429, 'OWNERSHIP_READ_FAILED'],
    [500, 'OWNERSHIP_UNKNOWN'],
    [502, 'OWNERSHIP_READ_FAILED'],
    [503, 'OWNERSHIP_READ_FAILED'],
    [504, 'OWNERSHIP_READ_FAILED'],
  ])('of status %i is: %s', (status, verdict) => expect(head(objectRule(), status)).toBe(verdict));

  it('tells of a failure of the upstream where the policy says so, and of no other status', () => {
    const told = objectRule({ upstreamErrors: 'told' });
    expect([499, 500, 501].map((status) => head(told, status))).toEqual([
      'OWNERSHIP_UNKNOWN',
      'OWNERSHIP_READ_FAILED',
      'OWNERSHIP_READ_FAILED',
    ]);
  });

  it('goes to whoever is exempt, whatever its status, but for what is not there', () => {
    for (const admin of admins) {
      expect([200, 204, 304, 500, 503].map((status) => head(objectRule(), status, asking(admin)))).toEqual(
        Array.from({ length: 5 }, () => 'pass'),
      );
      expect(head(objectRule(), 404, asking(admin))).toBe('OBJECT_NOT_FOUND');
      expect(decideOwnedAnswer(objectRule(), answer('{"owner":"bob"}'), asking(admin))).toBeNull();
      expect(denyNotWhole(objectRule(), 'cut', asking(admin))).toBeNull();
    }
    expect(head(objectRule(), 200, asking({ ...ALICE, roles: ['accounts:all'], scopes: new Set(['admin']) }))).toBe(
      'whole',
    );
  });

  it.each([
    ['{"owner":"alice"}', null],
    ['{"owner":"bob"}', 'OWNERSHIP_FOREIGN'],
    ['{"owner":""}', 'OWNERSHIP_UNKNOWN'],
    ['{"owner":null}', 'OWNERSHIP_UNKNOWN'],
    ['{"owner":{"id":"alice"}}', 'OWNERSHIP_UNKNOWN'],
    ['{"Owner":"alice"}', 'OWNERSHIP_UNKNOWN'],
    ['[{"owner":"alice"}]', 'OWNERSHIP_UNKNOWN'],
  ])('%s is decided over: %s', (body, code) => {
    expect(decideOwnedAnswer(objectRule(), answer(body), asking())?.code ?? null).toBe(code);
    expect(decideOwnedAnswer(objectRule(), answer(body), asking(null))?.code).toBe(code ?? 'OWNERSHIP_FOREIGN');
  });

  it('is refused with 403 where the policy says so, and notes whose it was not', () => {
    const exchange = asking();
    expect(decideOwnedAnswer(objectRule({ deny: 403 }), answer('{"owner":"bob"}'), exchange)?.code).toBe(
      'OWNERSHIP_FORBIDDEN',
    );
    expect(exchange.strange).toEqual(['account/7']);
    const missing = asking();
    head(objectRule(), 404, missing);
    expect(missing.strange).toEqual(['account/7']);
    const own = asking();
    expect(decideOwnedAnswer(objectRule(), answer('{"owner":"alice"}'), own)).toBeNull();
    expect(own.strange).toEqual([]);
  });

  it('is nobody’s where it is no JSON or not whole', () => {
    expect(decideOwnedAnswer(objectRule(), answer('owner: alice'), asking())?.code).toBe('OWNERSHIP_UNKNOWN');
    expect(denyNotWhole(objectRule(), 'cut', asking())?.code).toBe('OWNERSHIP_UNKNOWN');
  });

  it('to HEAD was asked about before', () => {
    expect(head(objectRule(), 200, asking(ALICE, 'HEAD'))).toBe('pass');
    expect(head(objectRule(), 404, asking(ALICE, 'HEAD'))).toBe('OBJECT_NOT_FOUND');
  });
});

describe('an answer that lists objects', () => {
  it.each([
    [200, 'whole'],
    [203, 'whole'],
    [299, 'whole'],
    [100, 'pass'],
    [204, 'pass'],
    [205, 'pass'],
    [206, 'OWNERSHIP_LIST_UNREADABLE'],
    [300, 'pass'],
    [304, 'OWNERSHIP_LIST_UNREADABLE'],
    [404, 'pass'],
    [500, 'pass'],
  ])('of status %i is: %s', (status, verdict) => {
    expect(head(listRule(), status)).toBe(verdict);
    for (const admin of admins) expect(head(listRule(), status, asking(admin))).toBe('pass');
  });

  const body =
    '{"items":[{"owner":"bob"},{"owner":"alice"},{"owner":"bob"},{"owner":"alice","n":2},{}],"total":5,"next":"c"}';
  const headers = ['X-Total', '5', 'Link', '<b>', 'ETag', '"a"', 'X-Own', '1', 'Last-Modified', 'x', 'Digest', 'd'];

  it('leaves with the items of the caller, counted anew, and without what tells of the others', () => {
    const whole = answer(body, [...headers, 'content-length', '99']);
    expect(decideOwnedAnswer(listRule(), whole, asking())).toBeNull();
    expect(JSON.parse(new TextDecoder().decode(whole.json?.bytes()))).toEqual({
      items: [{ owner: 'alice' }, { owner: 'alice', n: 2 }],
      total: 2,
    });
    expect(whole.headers).toEqual(['Content-Type', 'application/json', 'X-Total', '2', 'X-Own', '1']);
    expect(whole.dropped).toEqual(['/items/0', '/items/2', '/items/4']);
  });

  it('leaves as it is where the rule is only observed, and says what would have been taken out', () => {
    const whole = answer(body, headers);
    expect(decideOwnedAnswer(listRule('observe'), whole, asking())).toMatchObject({
      code: 'OWNERSHIP_FOREIGN',
      facts: { items: 3 },
    });
    expect(whole.headers).toHaveLength(2 + headers.length);
    expect(whole.dropped).toEqual([]);
    expect(decideOwnedAnswer(listRule('observe'), answer('{"items":[{"owner":"alice"}]}'), asking())).toBeNull();
  });

  it('leaves whole for whoever is exempt', () => {
    for (const admin of admins) {
      const whole = answer(body, headers);
      expect(decideOwnedAnswer(listRule(), whole, asking(admin))).toBeNull();
      expect(whole.headers).toContain('Link');
      expect(whole.dropped).toEqual([]);
      expect(denyNotWhole(listRule(), 'cut', asking(admin))).toBeNull();
    }
  });

  it('is refused where there is no list to look into', () => {
    for (const text of ['{"items":{}}', '{"items":null}', '{}', '[]', 'text'])
      expect(decideOwnedAnswer(listRule(), answer(text), asking())?.code).toBe('OWNERSHIP_LIST_UNREADABLE');
    expect(denyNotWhole(listRule(), 'cut', asking())?.code).toBe('OWNERSHIP_LIST_UNREADABLE');
  });

  it('to HEAD leaves without what counts', () => {
    expect(head(listRule(), 200, asking(ALICE, 'HEAD'))).toBe('head');
    const sent = [...headers];
    hideFromHead(listRule(), sent, asking(ALICE, 'HEAD'));
    expect(sent).toEqual(['X-Own', '1']);
    const untouched = [...headers];
    for (const admin of admins) hideFromHead(listRule(), untouched, asking(admin, 'HEAD'));
    expect(untouched).toEqual(headers);
  });
});
