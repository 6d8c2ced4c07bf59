/** The stages that one request goes through, in their order, each as the compiled plan has it. */
import {
  decideOwnedAnswer,
  decideOwnedHead,
  decideResponseHead,
  limitHeaders,
  passReplyHeaders,
  UpstreamAnswer,
  upstreamHeaders,
  upstreamQuery,
  type Denial,
  type Exchange,
  type Plan,
  type PlannedStep,
  type Ports,
  type ResponseDecision,
} from '@sallyport/core';
import { decideHead } from '../../packages/core/src/stages/head/head.ts';
import type { BenchRequest } from './bench-requests.ts';

/** One exchange on its way, and what is known of its answer by then. */
export class Lap {
  readonly exchange: Exchange;
  readonly body: Uint8Array | null;
  headers: string[] = [];
  bytes: Uint8Array;
  decision: ResponseDecision | null = null;
  answer: UpstreamAnswer | null = null;

  constructor(exchange: Exchange, { body, answer }: BenchRequest) {
    this.exchange = exchange;
    this.body = body;
    this.headers = ['Content-Type', 'application/json', 'Content-Length', String(answer.length), 'Date', 'now'];
    this.bytes = answer;
  }
}

export interface BenchStage {
  readonly name: string;
  run(lap: Lap): unknown;
}

/** Throws where a stage denies or waits: then it is not what is measured. */
function passes(denial: Denial | null | Promise<Denial | null>): void {
  if (denial instanceof Promise) throw new Error('a stage waits');
  if (denial !== null) throw new Error(`denied: ${denial.code} ${JSON.stringify(denial.facts)}`);
}

function isHere(waiting: Promise<void> | undefined): void {
  if (waiting !== undefined) throw new Error('a stage waits');
}

export function stageLine(plan: Plan, request: BenchRequest, ports: Ports): readonly BenchStage[] {
  const planned = plan.operations.find(({ operation }) => operation.id === request.operation);
  if (planned === undefined) throw new Error(request.operation);
  const { parameters, parameterPolicies, body, data, owned, opening, response, answer } = planned.checks();
  const stages: BenchStage[] = [];
  const seen = new Map<string, number>();
  const add = (name: string, run: BenchStage['run']): void => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    stages.push({ name: times === 1 ? name : `${name} (${times})`, run });
  };
  const step = (name: string, { gather, decide }: PlannedStep): void =>
    add(name, ({ exchange }) => {
      isHere(gather?.(exchange, ports));
      passes(decide(exchange));
    });

  add('head', ({ exchange }) => passes(decideHead(plan.head, exchange)));
  add('match', ({ exchange }) => {
    const match = plan.router.find(exchange.path, exchange.method);
    exchange.operation = match.value;
    exchange.pathValues = match.values;
  });
  for (const one of planned.steps) step(one.gathersOnly === true ? 'roles granted' : one.rule, one);
  if (parameters !== null) step('parameters', parameters);
  if (parameterPolicies !== null && parameterPolicies !== undefined) step('policies', parameterPolicies);
  if (body !== null)
    add('body', ({ exchange, body: bytes }) => {
      passes(body.rule.decideHead(exchange));
      exchange.body = bytes;
      passes(body.rule.decide(exchange));
    });
  for (const one of data) {
    const { gather, decide, edit } = one;
    const encrypts = one === data.at(-1) && ports.fieldCipher !== undefined && one.rule === 'data';
    add(encrypts ? 'encryption' : one.rule, ({ exchange }) => {
      isHere(gather?.(exchange, ports));
      passes(decide(exchange));
      // Without a port that gives others their turn, it is done at once.
      void edit?.(exchange);
      exchange.applyEdits();
    });
  }
  add('headers upstream', ({ exchange }) => [upstreamQuery(exchange), upstreamHeaders(exchange, plan.head)]);
  if (owned !== null)
    add('ownership of the answer', (lap) => {
      const verdict = decideOwnedHead(owned, 200, lap.exchange);
      if (typeof verdict === 'object') passes(verdict.denial);
      if (verdict !== 'whole') return;
      const whole = new UpstreamAnswer(200, lap.headers, lap.bytes);
      passes(decideOwnedAnswer(owned, whole, lap.exchange));
      lap.bytes = whole.bytes();
    });
  if (opening !== null && opening !== undefined && opening.wants(200, 'application/json'))
    add('decryption', (lap) => {
      const whole = new UpstreamAnswer(200, lap.headers, lap.bytes);
      passes(opening.open(whole, lap.exchange, ports));
      lap.bytes = whole.bytes();
    });
  if (response !== null) {
    add('response head', (lap) => {
      lap.decision = decideResponseHead(response.rule, 200, lap.headers, lap.exchange.method);
      passes(lap.decision.denial);
    });
    add('response', (lap) => {
      const checked = lap.decision?.check?.(lap.bytes);
      if (checked?.ok !== true) throw new Error(`the answer is refused: ${JSON.stringify(checked)}`);
      lap.bytes = checked.bytes;
    });
  }
  for (const { rule, wants, gather, decide, edit } of answer)
    add(rule === 'data' ? 'detectors' : `${rule} of the answer`, (lap) => {
      lap.answer ??= new UpstreamAnswer(200, lap.decision?.headers ?? [], lap.bytes);
      if (!wants(200, lap.exchange, lap.answer.head)) return;
      isHere(gather?.(lap.answer, lap.exchange, ports));
      passes(decide(lap.answer, lap.exchange));
      edit?.(lap.answer, lap.exchange);
    });
  add('bytes of the answer', ({ answer: last, bytes }) => last?.bytes() ?? bytes);
  add('reply headers', ({ decision, exchange }) => [
    passReplyHeaders(plan.replyHeaders, decision?.headers ?? [], exchange),
    limitHeaders(exchange),
  ]);
  return stages;
}
