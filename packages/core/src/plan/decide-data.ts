import { settle } from './decide.ts';
import type { Denial } from '../verdict/denial.ts';
import type { Exchange } from '../exchange.ts';
import type { PlannedAnswerStep, PlannedDataStep } from './plan.ts';
import type { Ports } from '../ports.ts';
import type { UpstreamAnswer } from '../stages/upstream-answer.ts';

/**
 * Decides over a request whose body was accepted, and edits what goes upstream. Waits only where a port has to wait for a fact; a fault throws
 * or rejects, and the shell denies over it.
 */
export function decideData(
  steps: readonly PlannedDataStep[],
  exchange: Exchange,
  ports: Ports,
  from = 0,
): Denial | null | Promise<Denial | null> {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i] as PlannedDataStep;
    const waiting = step.gather === null ? undefined : step.gather(exchange, ports);
    const taken =
      waiting === undefined ? takeData(step, exchange) : waiting.then(async () => await takeData(step, exchange));
    if (taken instanceof Promise) return taken.then((denial) => denial ?? decideData(steps, exchange, ports, i + 1));
    if (taken !== null) return taken;
  }
  return null;
}

function takeData(step: PlannedDataStep, exchange: Exchange): Denial | null | Promise<Denial | null> {
  const denial = settle(step.decide(exchange), step.mode, exchange);
  if (denial !== null || step.edit === null) return denial;
  const edited = step.edit(exchange);
  if (edited instanceof Promise) return edited.then(() => applied(exchange));
  return applied(exchange);
}

function applied(exchange: Exchange): null {
  exchange.applyEdits();
  return null;
}

/** Decides over the upstream's answer and edits what goes out. Waits and fails as `decideData` does. */
export function decideAnswer(
  steps: readonly PlannedAnswerStep[],
  answer: UpstreamAnswer,
  exchange: Exchange,
  ports: Ports,
  from = 0,
): Denial | null | Promise<Denial | null> {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i] as PlannedAnswerStep;
    if (!step.wants(answer.status, exchange, answer.head)) continue;
    const waiting = step.gather === null ? undefined : step.gather(answer, exchange, ports);
    if (waiting !== undefined)
      return waiting.then(
        () => takeAnswer(step, answer, exchange) ?? decideAnswer(steps, answer, exchange, ports, i + 1),
      );
    const denial = takeAnswer(step, answer, exchange);
    if (denial !== null) return denial;
  }
  return null;
}

/** Lets those look at an answer that only look, and wanted to; it has gone out. What one that is only observed would have denied or changed is told. */
export function lookAtAnswer(steps: readonly PlannedAnswerStep[], answer: UpstreamAnswer, exchange: Exchange): void {
  for (const step of steps) settle(step.decide(answer, exchange), step.mode, exchange);
}

function takeAnswer(step: PlannedAnswerStep, answer: UpstreamAnswer, exchange: Exchange): Denial | null {
  const denial = settle(step.decide(answer, exchange), step.mode, exchange);
  if (denial !== null || step.edit === null) return denial;
  step.edit(answer, exchange);
  answer.applyEdits();
  return null;
}
