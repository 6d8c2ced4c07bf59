import { describe, expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import { requestedIds } from './requested-ids.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { PlannedOperation } from '../../plan/plan.ts';

const PATH: BoundPlace = { in: 'path', name: 'accountId', index: 0, divider: null };
const HEADER: BoundPlace = { in: 'header', name: 'x-account', divider: null };

function idsOf(
  places: readonly BoundPlace[],
  { headers = [], query = null, declared = [] }: { headers?: string[]; query?: string | null; declared?: string[] },
): unknown {
  const resource = { name: 'account', absent: 'pass', maxIds: 10, test: { kind: 'public' } };
  const check = { resource, places, how: 'now', read: null } as unknown as OwnerCheck;
  const exchange = new Exchange('r', 0, 'GET', '/', headers, '127.0.0.1', false);
  exchange.pathValues = ['acme-1'];
  exchange.query = query;
  const parameters = declared.map((name) => ({ in: 'query', name }));
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
});
