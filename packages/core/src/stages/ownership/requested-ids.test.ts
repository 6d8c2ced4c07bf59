import { describe, expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import { requestedIds } from './requested-ids.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { PlannedOperation } from '../../plan/plan.ts';

const PATH: BoundPlace = { in: 'path', name: 'accountId', index: 0, divider: null };
const QUERY: BoundPlace = { in: 'query', name: 'accountId', divider: null };
const BODY: BoundPlace = { in: 'body', tokens: ['accountId'] };
const HEADER: BoundPlace = { in: 'header', name: 'x-account', divider: null };

interface Request {
  readonly headers?: string[];
  readonly query?: string | null;
  readonly declared?: string[];
  readonly deep?: string[];
  readonly json?: string;
}

function idsOf(
  places: readonly BoundPlace[],
  { headers = [], query = null, declared = [], deep = [], json }: Request,
): unknown {
  const resource = { name: 'account', absent: 'pass', maxIds: 10, test: { kind: 'public' } };
  const check = { resource, places, how: 'now', read: null } as unknown as OwnerCheck;
  const exchange = new Exchange('r', 0, 'GET', '/', headers, '127.0.0.1', false);
  exchange.pathValues = ['acme-1'];
  exchange.query = query;
  if (json !== undefined) {
    exchange.headers.contentType = 'application/json';
    exchange.body = new TextEncoder().encode(json);
  }
  const parameters = [
    ...declared.map((name) => ({ in: 'query', name, style: 'form' })),
    ...deep.map((name) => ({ in: 'query', name, style: 'deepObject' })),
  ];
  exchange.operation = { operation: { parameters } } as unknown as PlannedOperation;
  const ids = requestedIds(check, exchange);
  return 'code' in ids ? `${ids.code} ${JSON.stringify(ids.errors?.map(({ in: where, name }) => [where, name]))}` : ids;
}

describe('requestedIds', () => {
  it.each(['X_Account', 'x.account', 'X~ACCOUNT'])('takes %s for no other header than X-Account', (name) => {
    const unclear = 'OWNERSHIP_ID_UNCLEAR [["header","x-account"]]';
    expect(idsOf([HEADER], { headers: ['X-Account', 'acme-1', name, 'umbrella-2'] })).toBe(unclear);
    expect(idsOf([HEADER], { headers: [name, 'umbrella-2'] })).toBe(unclear);
    expect(idsOf([HEADER], { headers: ['X-Account', 'acme-1', 'X-Accounts', 'a', 'XAccount', 'b'] })).toEqual([
      'acme-1',
    ]);
  });

  it('takes the query for no second place of an id of the path, unless the operation declares it by this name', () => {
    const unclear = 'OWNERSHIP_ID_UNCLEAR [["query","accountId"]]';
    expect(idsOf([PATH], { query: 'accountId=umbrella-2' })).toBe(unclear);
    expect(idsOf([PATH, HEADER], { query: 'accountId=umbrella-2' })).toBe(unclear);
    expect(idsOf([PATH], { query: 'accountId=umbrella-2', declared: ['accountId'] })).toEqual(['acme-1']);
    expect(idsOf([PATH], { query: 'AccountId=umbrella-2', declared: ['accountId'] })).toBe(unclear);
    expect(idsOf([PATH], { query: 'a=1;accountId=umbrella-2', declared: ['a', 'accountId'] })).toBe(unclear);
    expect(
      idsOf([PATH, { in: 'query', name: 'accountId', divider: null }], {
        query: 'accountId=b',
        declared: ['accountId'],
      }),
    ).toEqual(['acme-1', 'b']);
  });

  it('takes no bare number in the query for an id, nor a list that is divided at semicolons', () => {
    for (const query of ['1712345678', '0=x', 'ids=1;2;3', 'bbox=1;2', '7[x]=1'])
      for (const place of [PATH, QUERY]) expect(idsOf([place], { query })).toEqual(place === PATH ? ['acme-1'] : []);
  });

  it('passes over what the operation declares in the query by its name, or as a deepObject', () => {
    const unclear = 'OWNERSHIP_ID_UNCLEAR [["query","accountId"]]';
    const query = 'accountId=7&accountId.fields=name';
    expect(idsOf([QUERY], { query, declared: ['accountId'] })).toBe(unclear);
    expect(idsOf([QUERY], { query, declared: ['accountId', 'accountId.fields'] })).toEqual(['7']);
    expect(idsOf([QUERY], { query: `${query};accountId=8`, declared: ['accountId.fields'] })).toBe(unclear);
    expect(idsOf([QUERY], { query: 'accountId[gt]=7', deep: ['accountId'] })).toBe(unclear);
    expect(idsOf([PATH], { query: 'accountId[gt]=7', deep: ['accountId'] })).toEqual(['acme-1']);
    expect(idsOf([PATH], { query: 'accountId[gt]=7', declared: ['accountId'] })).toBe(unclear);
    expect(idsOf([PATH], { query: 'account_id[gt]=7', deep: ['accountId'] })).toBe(unclear);
    expect(idsOf([PATH], { query: 'account[id]=7&account[name][0]=x', deep: ['account'] })).toEqual(['acme-1']);
    for (const name of ['account[id', 'account.id', 'account[]id', 'account.id[0]'])
      expect(idsOf([PATH], { query: `${name}=7`, deep: ['account'] })).toBe(unclear);
  });

  it('takes the query for no place of an id that a JSON body has not got, unless the operation declares it there', () => {
    const unclear = 'OWNERSHIP_ID_UNCLEAR [["query","accountId"]]';
    const query = 'accountId=umbrella-2';
    for (const json of ['{"x":1}', 'null', '']) {
      expect(idsOf([BODY], { query, json })).toBe(unclear);
      expect(idsOf([BODY], { query: 'x=1', json })).toEqual([]);
    }
    expect(idsOf([BODY], { query: 'account_id=umbrella-2', json: '{"x":1}' })).toBe(unclear);
    expect(idsOf([BODY], { query, json: '{"x":1}', declared: ['accountId'] })).toEqual([]);
    expect(idsOf([BODY], { query, json: '{"accountId":"acme-1"}' })).toEqual(['acme-1']);
  });
});
