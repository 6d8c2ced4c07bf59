import { expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import { ownership } from './ownership.ts';
import type { OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Ports } from '../../ports.ts';
import type { Principal } from '../../principal.ts';

const resource = {
  name: 'account',
  test: { kind: 'owner', matches: [{ tokens: ['o'], equals: [{ from: 'subject' }] }] },
  unless: { roles: [], scopes: [] },
  absent: 'pass',
  maxIds: 10,
  deny: 404,
  read: { cacheMs: 0, refusalCacheMs: 0 },
};
const checkOf = (name: string): OwnerCheck =>
  ({
    resource,
    places: [
      { in: 'body', tokens: [name] },
      { in: 'query', name: `q${name}`, divider: null },
    ],
    how: 'read',
    read: null,
  }) as unknown as OwnerCheck;
const PORTS = {
  owners: {
    ask: () => Promise.resolve({ state: 'found', askedMs: 0, owners: [['alice']] }),
  },
} as unknown as Ports;

it('a body is read once and ids are looked for once, whatever the number of checks, before the call and after it', async () => {
  const checks = [checkOf('a'), checkOf('b')];
  const meant = { names: new Set(['a', 'b']), asked: [], lines: new Set<string>() };
  const rule = { checks, meant, inBody: true };
  const exchange = new Exchange('r', 0, 'POST', '/', [], '127.0.0.1', false);
  exchange.headers.contentType = 'application/x-www-form-urlencoded';
  exchange.bodyFollows = true;
  exchange.body = new TextEncoder().encode('a=1&b=2');
  exchange.principal = { subject: 'alice', roles: [], scopes: new Set(), attributes: {} } as unknown as Principal;
  await ownership.gather?.(rule, exchange, PORTS);
  const { readBody, requestedIds } = exchange;
  expect(readBody?.fields?.all).toHaveLength(2);
  expect([...(requestedIds ?? [])]).toEqual([
    [checks[0], ['1']],
    [checks[1], ['2']],
  ]);
  expect(ownership.decide(rule, exchange)).toBeNull();
  expect(exchange.readBody).toBe(readBody);
  // What is decided over is what was asked about.
  requestedIds?.set(checks[0] as OwnerCheck, ['3']);
  expect(ownership.decide(rule, exchange)?.code).toBe('OWNERSHIP_READ_FAILED');
});
