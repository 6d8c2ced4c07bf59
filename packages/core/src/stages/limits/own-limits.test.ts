import { describe, expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import { parseKeyLimits } from '../../policy/key-limit.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { LimitRule, Policy } from '../../policy/policy.ts';
import type { CounterPort, Ports } from '../../ports.ts';
import { ANONYMOUS, type CountedKey, type Principal } from '../../principal.ts';
import { mergePrincipals } from '../authentication/merge-principals.ts';
import type { CompileContext } from '../stage.ts';
import { CELL_SIZE, clearCell, takeFromCell } from './algorithms.ts';
import { compileKey } from './limit-key.ts';
import { limitHeaders } from './limit-headers.ts';
import { planKeyLimits } from './own-limits.ts';
import { principalLimits } from './principal-limits.ts';

const NOW = 1_800_000_000_000;
const limitsOf = (...texts: string[]): CountedKey['limits'] => {
  const parsed = parseKeyLimits(texts);
  if (!parsed.ok) throw new Error(parsed.message);
  return planKeyLimits(parsed.value);
};
const principalOf = (keyId: string, ...keys: CountedKey[]): Principal => ({
  ...ANONYMOUS,
  kind: 'key',
  subject: 's',
  issuer: 'key',
  keyId,
  ...(keys.length === 0 ? {} : { keys }),
});
const STORED: AuthenticationPolicy = {
  kind: 'api-key',
  keys: { from: 'store' },
  allowInQuery: false,
  forwardCredential: false,
  place: null,
};
const RULE: LimitRule = {
  name: 'all',
  by: { kind: 'principal' },
  algorithm: 'sliding-window',
  limit: 3,
  windowMs: 3_600_000,
  burst: 3,
  operations: null,
  perOperation: false,
  mode: null,
  place: null,
};
const OPERATION = {
  id: 'read',
  method: 'GET',
  path: '/read',
  tags: [],
  extensions: {},
  security: [[{ scheme: 'key', scopes: [] }]],
} as unknown as Operation;
const compile = (entry: object | null = STORED, limits: LimitRule[] = [], cost?: number, tokens?: object) =>
  principalLimits.compile(OPERATION, {
    policy: {
      limits,
      authentication: new Map(entry === null ? [] : [['key', entry]]),
      operations: new Map(cost === undefined ? [] : [['read', { modes: {}, cost, place: null }]]),
      tokens,
    } as unknown as Policy,
    problems: [],
  } as unknown as CompileContext);

/** Real counters, of one table for each name. */
class Counters implements CounterPort {
  readonly asked: string[] = [];
  readonly #cells = new Map<string, Float64Array>();

  take(...[limit, key, cost, nowMs]: Parameters<CounterPort['take']>): ReturnType<CounterPort['take']> {
    this.asked.push(`${limit.name} ${key}`);
    let cell = this.#cells.get(`${limit.name} ${key}`);
    if (cell === undefined) {
      cell = new Float64Array(CELL_SIZE);
      clearCell(cell, 0);
      this.#cells.set(`${limit.name} ${key}`, cell);
    }
    return takeFromCell(limit, cell, 0, cost, nowMs);
  }
}

async function ask(counters: CounterPort, principal: Principal, rule = compile(), nowMs = NOW) {
  if (rule === null) throw new Error('nothing is asked');
  const exchange = new Exchange('id', nowMs, 'GET', '/read', [], '192.0.2.1', false);
  exchange.principal = principal;
  await principalLimits.gather?.(rule, exchange, { counters } as unknown as Ports);
  const denial = principalLimits.decide(rule, exchange);
  return { denial, exchange, explained: principalLimits.explain?.(rule, exchange) };
}

describe("a key's own limits", () => {
  it('refuse with LIMIT_EXCEEDED and Retry-After what is over them, by the name of the limit', async () => {
    const counters = new Counters();
    const key = principalOf('a', { family: 'a', limits: limitsOf('2/m', '100/h fixed-window') });
    for (let index = 0; index < 2; index++) expect((await ask(counters, key)).denial).toBeNull();
    const { denial, exchange, explained } = await ask(counters, key);
    expect(denial).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      rule: 'limits/@key-1m',
      facts: { limit: 2, windowMs: 60_000 },
    });
    expect(denial?.headers).toEqual(['Retry-After', expect.stringMatching(/^\d+$/)]);
    expect(limitHeaders(exchange).slice(0, 6)).toEqual([
      'RateLimit-Policy',
      '"@key-1m";q=2;w=60',
      'RateLimit',
      expect.stringMatching(/^"@key-1m";r=0;t=\d+$/),
      'X-RateLimit-Limit',
      '2',
    ]);
    expect(explained).toEqual(["the key's own: 2/m, 0 left", "the key's own: 100/h fixed-window, not asked"]);
  });

  it('are asked together with those of the policy, the one that heals fastest first, with the cost of the operation', async () => {
    const counters = new Counters();
    const key = principalOf('a', { family: 'a', limits: limitsOf('10/s', '10/d') });
    const rule = compile(STORED, [RULE], 2);
    const { denial, exchange } = await ask(counters, key, rule);
    expect(denial).toBeNull();
    expect(exchange.limits.map(({ limit, state }) => [limit.name, state.remaining])).toEqual([
      ['@key-1s', 8],
      ['all', 1],
      ['@key-1d', 8],
    ]);
    const refused = await ask(counters, key, rule);
    expect(refused.denial?.rule).toBe('limits/all');
    expect(counters.asked.slice(-3).map((one) => one.split(' ')[0])).toEqual(['@key-1s', 'all', '@key-1s']);
    expect(refused.exchange.limits.map(({ state }) => state.remaining)).toEqual([8, 1]);
  });

  it('let nobody who has used up his own use up what he shares with others', async () => {
    const counters = new Counters();
    const shared: LimitRule = {
      ...RULE,
      name: 'shared',
      by: { kind: 'operation' },
      limit: 10,
      burst: 10,
      windowMs: 1_000,
    };
    const rule = compile(STORED, [shared]);
    const greedy = principalOf('a', { family: 'a', limits: limitsOf('2/h') });
    for (let index = 0; index < 2; index++) expect((await ask(counters, greedy, rule)).denial).toBeNull();
    for (let index = 0; index < 50; index++)
      expect((await ask(counters, greedy, rule)).denial).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        rule: 'limits/@key-1h',
      });
    for (let index = 0; index < 8; index++)
      expect(
        (await ask(counters, principalOf(`b${index}`, { family: `b${index}`, limits: [] }), rule)).denial,
      ).toBeNull();
  });

  it('count a key, its successors and their tokens together, and other keys apart', async () => {
    const counters = new Counters();
    const family = { family: 'first', limits: limitsOf('2/m') };
    const token: Principal = { ...principalOf('second', family), kind: 'token', issuer: 'https://api.example' };
    expect((await ask(counters, principalOf('first', family))).denial).toBeNull();
    expect((await ask(counters, principalOf('second', { ...family, limits: limitsOf('2/m') }))).denial).toBeNull();
    expect((await ask(counters, token)).denial?.code).toBe('LIMIT_EXCEEDED');
    expect((await ask(counters, principalOf('x', { family: 'x', limits: family.limits }))).denial).toBeNull();
  });

  it('go on counting when the limit changes, and none are asked of a key that has none', async () => {
    const counters = new Counters();
    const with_ = (...texts: string[]): Principal => principalOf('a', { family: 'a', limits: limitsOf(...texts) });
    for (let index = 0; index < 3; index++) await ask(counters, with_('5/m'));
    expect((await ask(counters, with_('3/m'))).denial?.code).toBe('LIMIT_EXCEEDED');
    counters.asked.length = 0;
    expect((await ask(counters, with_())).denial).toBeNull();
    expect((await ask(counters, principalOf('a'))).denial).toBeNull();
    expect((await ask(counters, ANONYMOUS)).denial).toBeNull();
    expect(counters.asked).toEqual([]);
  });

  it('hold for every key of a request that proved several, and once for a key and its token', async () => {
    const shared = limitsOf('2/m');
    const merged = mergePrincipals([
      principalOf('a', { family: 'a', limits: shared }),
      { ...principalOf('a2', { family: 'a', limits: shared }), kind: 'token' },
      principalOf('b', { family: 'b', limits: shared }),
      principalOf('c'),
    ]);
    expect(merged.keys?.map(({ family }) => family)).toEqual(['a', 'b']);
    const counters = new Counters();
    await ask(counters, principalOf('b', { family: 'b', limits: shared }));
    await ask(counters, merged);
    expect(counters.asked.slice(1)).toEqual(['@key-1m f=a', '@key-1m f=b']);
    // Used up by the second key alone, whose limit is the same object.
    expect((await ask(counters, merged)).denial).toMatchObject({ code: 'LIMIT_EXCEEDED', rule: 'limits/@key-1m' });
    expect(mergePrincipals([principalOf('c'), principalOf('d')])).not.toHaveProperty('keys');
  });

  it('deny with LIMIT_STORE_UNAVAILABLE where the counters cannot be asked, or answer later with a refusal', async () => {
    const key = principalOf('a', { family: 'a', limits: limitsOf('2/m', '5/h') });
    const broken = { take: () => Promise.reject(new Error('away')) };
    expect((await ask(broken, key)).denial?.code).toBe('LIMIT_STORE_UNAVAILABLE');
    const late: CounterPort = {
      take: ({ name }) =>
        Promise.resolve({ allowed: name === '@key-1m', remaining: 0, resetMs: 1, retryAfterMs: 1000 }),
    };
    expect((await ask(late, key)).denial?.rule).toBe('limits/@key-1h');
  });

  it.each([
    ['keys of the store', STORED, true],
    ['keys of a file', { kind: 'api-key', keys: { from: 'file', path: 'k' } }, true],
    ['listed keys without', { kind: 'api-key', keys: { from: 'inline', entries: [{}] } }, false],
    ['listed keys with', { kind: 'api-key', keys: { from: 'inline', entries: [{ limits: [{}] }] } }, true],
    ['tokens of our own', { kind: 'jwt', issuer: 'x', keys: { from: 'self' } }, true],
    ['tokens of our own, by URL', { kind: 'jwt', issuer: 'https://me', keys: { from: 'url', url: 'x' } }, true],
    ['tokens of others', { kind: 'jwt', issuer: 'https://id', keys: { from: 'url', url: 'x' } }, false],
    [
      'tokens of several issuers, ours among them',
      { kind: 'issuers', entries: [{ kind: 'introspection' }, { kind: 'jwt', keys: { from: 'self' } }] },
      true,
    ],
    ['passwords', { kind: 'basic' }, false],
    ['nothing', null, false],
  ])('are planned for an operation that takes %s only where there can be some', (_, entry, planned) => {
    const rule = compile(entry, [], undefined, { issuer: 'https://me' });
    expect(rule !== null).toBe(planned);
    expect(rule === null ? [] : principalLimits.describe(rule)).toEqual(
      planned ? ['the limits that keys have of their own'] : [],
    );
  });

  it('by the policy too, a limit by key counts a key and its tokens together', () => {
    const exchange = new Exchange('id', NOW, 'GET', '/', [], '192.0.2.1', false);
    const keyOf = compileKey({ kind: 'key' }, 'op', false);
    exchange.principal = principalOf('second', { family: 'first', limits: [] });
    expect(keyOf(exchange)).toBe('f=first');
    exchange.principal = principalOf('second');
    expect(keyOf(exchange)).toBe('k4:=key=second');
  });
});
