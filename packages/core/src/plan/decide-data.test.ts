import { describe, expect, it } from 'vitest';
import { bindAnswer, bindData } from './data-order.ts';
import { decideAnswer, decideData } from './decide-data.ts';
import { deny, type Denial } from '../verdict/denial.ts';
import { Exchange } from '../exchange.ts';
import { UpstreamAnswer } from '../stages/upstream-answer.ts';
import type { CompileContext } from '../stages/stage.ts';
import type { Mode } from '../policy/policy.ts';
import type { Operation } from '../openapi/model.ts';
import type { PlannedAnswerStep, PlannedDataStep } from './plan.ts';
import type { Ports } from '../ports.ts';

const OPERATION = { id: 'op' } as Operation;
const CONTEXT = {} as CompileContext;
const PORTS = {} as Ports;
const DENIAL = deny('INTERNAL_FAULT', 'body');
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array(0));

function exchangeWith(body: string): Exchange {
  const exchange = new Exchange('r', 0, 'POST', '/', [], '127.0.0.1', false);
  exchange.body = encode(body);
  return exchange;
}

/** Takes member `name` out of the body; denies where `denial` is set; waits where `waits`. */
function removing(
  name: string,
  mode: Mode,
  { denial = null, waits = false }: { denial?: Denial | null; waits?: boolean } = {},
): PlannedDataStep {
  const bound = bindData({
    name: 'body',
    compile: () => name,
    readsBody: () => true,
    gather: () => (waits ? Promise.resolve() : undefined),
    decide: () => denial,
    edit(rule: string, exchange) {
      const member = exchange.json?.root.members?.get(rule);
      if (member !== undefined) exchange.json?.remove(member);
    },
    describe: () => [],
  }).bind(OPERATION, CONTEXT, mode);
  if (bound === null) throw new Error('off');
  return bound;
}

function dropping(name: string, mode: Mode, status = 200): PlannedAnswerStep {
  const bound = bindAnswer({
    name: 'responses',
    compile: () => name,
    wants: (_rule, of) => of === status,
    decide: (rule: string, answer) => (answer.json?.root.members?.has(`deny-${rule}`) === true ? DENIAL : null),
    edit(rule, answer) {
      const member = answer.json?.root.members?.get(rule);
      if (member !== undefined) answer.json?.remove(member);
    },
    describe: () => [],
  }).bind(OPERATION, CONTEXT, mode);
  if (bound === null) throw new Error('off');
  return bound;
}

describe('decideData', () => {
  it('lets each stage see what the one before it left', () => {
    const exchange = exchangeWith('{"a":1,"b":2,"c":3}');
    expect(decideData([removing('a', 'enforce'), removing('b', 'enforce')], exchange, PORTS)).toBeNull();
    expect(decode(exchange.body)).toBe('{"c":3}');
  });

  it('edits nothing where the rule is only observed', () => {
    const exchange = exchangeWith('{"a":1}');
    expect(decideData([removing('a', 'observe', { denial: DENIAL })], exchange, PORTS)).toBeNull();
    expect(exchange.observed).toEqual([DENIAL]);
    expect(decode(exchange.body)).toBe('{"a":1}');
  });

  it('stops at the first denial, also after waiting', async () => {
    const exchange = exchangeWith('{"a":1,"b":2}');
    const steps = [
      removing('a', 'enforce', { waits: true }),
      removing('b', 'enforce', { denial: DENIAL, waits: true }),
    ];
    expect(await decideData(steps, exchange, PORTS)).toBe(DENIAL);
    expect(decode(exchange.body)).toBe('{"b":2}');
  });
});

describe('decideAnswer', () => {
  const answerOf = (body: string, type = 'application/json'): UpstreamAnswer =>
    new UpstreamAnswer(200, ['Content-Type', type], encode(body));
  const exchange = exchangeWith('');

  it('edits what goes out, step by step, for the statuses that a stage wants', () => {
    const answer = answerOf('{"a":1.0,"b":2,"c":3}');
    const steps = [dropping('a', 'observe'), dropping('b', 'enforce'), dropping('c', 'enforce', 404)];
    expect(decideAnswer(steps, answer, exchange, PORTS)).toBeNull();
    expect(decode(answer.bytes())).toBe('{"a":1.0,"c":3}');
  });

  it('denies before anything is edited by the stage that denies', () => {
    const answer = answerOf('{"deny-a":1,"a":2}');
    expect(decideAnswer([dropping('a', 'enforce')], answer, exchange, PORTS)).toBe(DENIAL);
    expect(decode(answer.bytes())).toBe('{"deny-a":1,"a":2}');
  });

  it.each(['text/plain', 'application/json, text/plain', ''])('reads no tree under the Content-Type %j', (type) =>
    expect(answerOf('{}', type).json).toBeNull(),
  );
});
