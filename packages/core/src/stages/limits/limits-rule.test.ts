import { describe, expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import type { LimitRule, Policy } from '../../policy/policy.ts';
import type { CounterPort, Ports } from '../../ports.ts';
import { ANONYMOUS } from '../../principal.ts';
import type { Denial } from '../../verdict/denial.ts';
import type { CompileContext } from '../stage.ts';
import { addressLimits } from './address-limits.ts';
import { limitHeaders } from './limit-headers.ts';
import type { LimitState } from './limit-state.ts';
import { principalLimits } from './principal-limits.ts';

const NOW = 1_800_000_000_000;
const ADDRESS = { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 } as const;
const ruleOf = (name: string, more: Partial<LimitRule> = {}): LimitRule => ({
  name,
  by: ADDRESS,
  algorithm: 'fixed-window',
  limit: 10,
  windowMs: 60_000,
  burst: more.limit ?? 10,
  operations: null,
  perOperation: false,
  mode: null,
  place: null,
  ...more,
});
const operationOf = (id: string, tags: string[] = []): Operation =>
  ({ id, method: 'POST', path: `/${id}`, tags, extensions: {}, file: 'f', pointer: '' }) as unknown as Operation;
const contextOf = (limits: LimitRule[], cost: number | null = null): CompileContext => {
  const operations = cost === null ? new Map() : new Map([['login', { modes: {}, cost, place: null }]]);
  return { policy: { limits, operations } as unknown as Policy, problems: [] } as unknown as CompileContext;
};

type Answer = LimitState | Error | Promise<LimitState>;
const OK: LimitState = { allowed: true, remaining: 4, resetMs: 30_500, retryAfterMs: 0 };
const NO: LimitState = { allowed: false, remaining: 0, resetMs: 30_500, retryAfterMs: 12_001 };

/** Counters that answer as told and note who was asked. */
class ToldCounters implements CounterPort {
  readonly asked: [name: string, key: string, cost: number, nowMs: number][] = [];
  readonly #answers: Readonly<Record<string, Answer>>;

  constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers;
  }

  take(limit: { readonly name: string }, key: string, cost: number, nowMs: number): LimitState | Promise<LimitState> {
    this.asked.push([limit.name, key, cost, nowMs]);
    const answer = this.#answers[limit.name] ?? OK;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

async function run(
  limits: LimitRule[],
  answers: Record<string, Answer>,
  stage = addressLimits,
  cost: number | null = null,
) {
  const rule = stage.compile(operationOf('login'), contextOf(limits, cost));
  if (rule === null) throw new Error('no limits');
  const counters = new ToldCounters(answers);
  const exchange = new Exchange('id', NOW, 'POST', '/login', [], '192.0.2.1', false);
  const waiting = stage.gather?.(rule, exchange, { counters } as unknown as Ports);
  const waited = waiting !== undefined;
  await waiting;
  const denial: Denial | null = stage.decide(rule, exchange);
  return { rule, counters, exchange, waited, denial, asked: counters.asked.map(([name]) => name) };
}

describe('the limits of an operation', () => {
  it('are those that name it by id, by method and path, by tag, or name none', () => {
    const limits = [
      ruleOf('all'),
      ruleOf('id', { operations: ['login'] }),
      ruleOf('path', { operations: ['POST /login'] }),
      ruleOf('tag', { operations: ['tag:auth'] }),
      ruleOf('other', { operations: ['logout', 'GET /login', 'tag:x'] }),
      ruleOf('off', { mode: 'off' }),
      ruleOf('principal', { by: { kind: 'principal' } }),
    ];
    const names = (stage: typeof addressLimits) =>
      stage.compile(operationOf('login', ['auth']), contextOf(limits))?.limits.map(({ planned }) => planned.name);
    expect(names(addressLimits)).toEqual(['all', 'id', 'path', 'tag']);
    expect(names(principalLimits)).toEqual(['principal']);
    expect(addressLimits.compile(operationOf('x'), contextOf([]))).toBeNull();
  });

  it('share one planned limit between operations, so that they share its counter', () => {
    const context = contextOf([ruleOf('all')]);
    const [one, two] = ['a', 'b'].map((id) => addressLimits.compile(operationOf(id), context)?.limits[0]?.planned);
    expect(one).toBe(two);
  });

  it('are described a line each', () => {
    const rule = addressLimits.compile(
      operationOf('login'),
      contextOf([ruleOf('b', { algorithm: 'token-bucket', burst: 20, mode: 'observe' })], 3),
    );
    expect(rule === null ? [] : addressLimits.describe(rule)).toEqual([
      'b: 10 per 60000 ms by address, token-bucket, burst 20, cost 3, observed',
    ]);
  });
});

describe('taking from the limits', () => {
  it('asks the one that heals fastest first, with key, cost and time', async () => {
    const { counters, denial, waited, exchange } = await run(
      [ruleOf('day', { windowMs: 86_400_000 }), ruleOf('minute'), ruleOf('second', { windowMs: 1000 })],
      {},
      addressLimits,
      3,
    );
    expect(counters.asked).toEqual(['second', 'minute', 'day'].map((name) => [name, 'a192.0.2.1', 3, NOW]));
    expect(denial).toBeNull();
    expect(waited).toBe(false);
    expect(exchange.limits).toHaveLength(3);
  });

  it('refused_request_takes_nothing_from_limits_behind_and_gives_back_to_those_before', async () => {
    const { asked, counters, denial } = await run(
      [ruleOf('second', { windowMs: 1000 }), ruleOf('minute'), ruleOf('day', { windowMs: 86_400_000 })],
      { minute: NO },
    );
    expect(asked).toEqual(['second', 'minute', 'second']);
    expect(counters.asked.map(([, , cost]) => cost)).toEqual([1, 1, -1]);
    expect(denial).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      stage: 'limits',
      rule: 'limits/minute',
      headers: ['Retry-After', '13'],
      facts: { retryAfterMs: 12_001 },
    });
  });

  it('waits for a store that answers later, and asks in the same order', async () => {
    const { asked, denial, waited } = await run([ruleOf('a'), ruleOf('b'), ruleOf('c')], {
      a: Promise.resolve(OK),
      b: Promise.resolve(NO),
    });
    expect([asked, waited, denial?.code]).toEqual([['a', 'b', 'a'], true, 'LIMIT_EXCEEDED']);
  });

  it('tells what is left after giving back, and gives nothing back that was not taken', async () => {
    const observed = ruleOf('b', { mode: 'observe' });
    const { counters, exchange } = await run([ruleOf('a'), observed, ruleOf('c')], { b: NO, c: NO });
    expect(counters.asked.map(([name, , cost]) => [name, cost])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['a', -1],
    ]);
    expect(exchange.limits.map(({ state }) => state)).toEqual([OK, NO, NO]);
  });

  it.each([
    ['throws', () => new Error('down')],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('denies with LIMIT_STORE_UNAVAILABLE where the counter %s', async (_, answer) => {
    const { asked, denial, exchange } = await run([ruleOf('a'), ruleOf('b')], { a: answer() });
    expect([asked, denial?.code, denial?.rule]).toEqual([['a'], 'LIMIT_STORE_UNAVAILABLE', 'limits/a']);
    expect(limitHeaders(exchange)).toEqual([]);
  });

  it('denies where nothing was gathered', () => {
    const rule = addressLimits.compile(operationOf('login'), contextOf([ruleOf('a')]));
    const exchange = new Exchange('id', NOW, 'GET', '/', [], '192.0.2.1', false);
    expect(rule === null ? null : addressLimits.decide(rule, exchange)?.code).toBe('LIMIT_STORE_UNAVAILABLE');
  });

  it('sends no Retry-After where waiting does not help', async () => {
    const { denial } = await run([ruleOf('a')], { a: { ...NO, retryAfterMs: Number.POSITIVE_INFINITY } });
    expect(denial).toMatchObject({ code: 'LIMIT_EXCEEDED', headers: [], facts: { retryAfterMs: null } });
  });

  it('goes on past a limit that is only observed, and keeps its denial', async () => {
    const { asked, denial, exchange } = await run([ruleOf('a', { mode: 'observe' }), ruleOf('b')], { a: NO });
    expect([asked, denial]).toEqual([['a', 'b'], null]);
    expect(exchange.observed).toMatchObject([{ code: 'LIMIT_EXCEEDED', rule: 'limits/a' }]);
    expect(limitHeaders(exchange).join()).not.toContain('"a"');
  });

  it.each([
    ['throws', () => new Error('down')],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('goes on past a limit that is only observed where its counter %s', async (_, answer) => {
    const { asked, denial, exchange } = await run([ruleOf('a', { mode: 'observe' }), ruleOf('b'), ruleOf('c')], {
      a: answer(),
      b: Promise.resolve(OK),
    });
    expect([asked, denial]).toEqual([['a', 'b', 'c'], null]);
    expect(exchange.observed).toMatchObject([{ code: 'LIMIT_STORE_UNAVAILABLE', rule: 'limits/a' }]);
  });

  it('keeps the two stages apart', async () => {
    const { exchange } = await run([ruleOf('a')], { a: NO });
    const rule = principalLimits.compile(operationOf('login'), contextOf([ruleOf('p', { by: { kind: 'principal' } })]));
    if (rule === null) throw new Error('no limits');
    exchange.principal = ANONYMOUS;
    await principalLimits.gather?.(rule, exchange, { counters: new ToldCounters({}) } as unknown as Ports);
    expect(principalLimits.decide(rule, exchange)).toBeNull();
  });
});

describe('limitHeaders', () => {
  it('is empty where no limit was asked', () => {
    expect(limitHeaders(new Exchange('id', NOW, 'GET', '/', [], '192.0.2.1', false))).toEqual([]);
  });

  it('lists every limit, and the tightest in the older fields', async () => {
    const bucket = ruleOf('burst', { algorithm: 'token-bucket', limit: 50, windowMs: 1000, burst: 100 });
    const { exchange } = await run([bucket, ruleOf('minute')], {
      burst: { allowed: true, remaining: 90, resetMs: 200, retryAfterMs: 0 },
    });
    expect(limitHeaders(exchange)).toEqual([
      'RateLimit-Policy',
      '"burst";q=100;w=2, "minute";q=10;w=60',
      'RateLimit',
      '"burst";r=90;t=1, "minute";r=4;t=31',
      'X-RateLimit-Limit',
      '10',
      'X-RateLimit-Remaining',
      '4',
      'X-RateLimit-Reset',
      String(NOW / 1000 + 31),
    ]);
  });

  it('says of each request its own limits, whatever was said before', async () => {
    const rules = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, ruleOf(name)]));
    const told = async (...names: string[]): Promise<readonly (string | undefined)[]> => {
      const { exchange } = await run(
        names.map((name) => rules[name] as LimitRule),
        {},
      );
      const headers = limitHeaders(exchange);
      return [1, 3].map((index) => headers[index]?.replaceAll(/[^abc,]/g, ''));
    };
    for (const names of ['a', 'ab', 'a', 'b', 'ac', 'ab', 'abc', 'bc', 'abc', 'ac', 'c', 'cb', 'ab', 'ab'])
      expect(await told(...names)).toEqual([[...names].join(), [...names].join()]);
  });

  it('speaks in the older fields of the one with the least left of what it has, wherever it stands', async () => {
    const few: LimitState = { allowed: true, remaining: 8, resetMs: 20_000, retryAfterMs: 0 };
    const half: LimitState = { ...few, remaining: 5, resetMs: 10_000 };
    const rules = [ruleOf('few', { limit: 100 }), ruleOf('half')];
    for (const limits of [rules, rules.toReversed()]) {
      const { exchange } = await run(limits, { few, half });
      expect(limitHeaders(exchange).slice(4)).toEqual([
        'X-RateLimit-Limit',
        '100',
        'X-RateLimit-Remaining',
        '8',
        'X-RateLimit-Reset',
        String(NOW / 1000 + 20),
      ]);
    }
  });

  it('speaks in the older fields of the one that refused, also where another has nothing left', async () => {
    const { exchange } = await run([ruleOf('empty'), ruleOf('no', { limit: 50 })], {
      empty: { ...OK, remaining: 0 },
      no: { ...NO, remaining: 2 },
    });
    expect(limitHeaders(exchange).slice(4, 8)).toEqual(['X-RateLimit-Limit', '50', 'X-RateLimit-Remaining', '2']);
  });

  it('says when the counter resets where waiting does not help', async () => {
    const { exchange } = await run([ruleOf('a')], { a: { ...NO, retryAfterMs: Number.POSITIVE_INFINITY } });
    expect(limitHeaders(exchange)).toContain('"a";r=0;t=31');
  });

  it('speaks of the same time as Retry-After where a limit refused', async () => {
    const { exchange, denial } = await run([ruleOf('minute')], { minute: NO });
    expect(denial?.headers).toEqual(['Retry-After', '13']);
    expect(limitHeaders(exchange)).toContain('"minute";r=0;t=13');
  });
});
