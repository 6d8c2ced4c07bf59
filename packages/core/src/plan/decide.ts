import { ANONYMOUS } from '../principal.ts';
import { answerOptions, isPreflight } from '../stages/cors/cors.ts';
import { decideHead } from '../stages/head/head.ts';
import { deny, type Denial } from '../verdict/denial.ts';
import type { Answer } from '../verdict/answer.ts';
import type { Exchange } from '../exchange.ts';
import type { Plan, PlannedStep } from './plan.ts';
import type { OwnPath, Ports } from '../ports.ts';

/** A denial, an answer of Sallyport's own, or null: go on. */
export type Verdict = Denial | Answer | null;

/**
 * Decides everything that comes before the body: head, match, lifecycle, limits, authentication, authorization, parameters.
 * Waits only where a port has to wait for a fact. A fault of a stage throws or rejects, and the shell denies over it.
 */
export function decideRequest(plan: Plan, exchange: Exchange, ports: Ports): Verdict | Promise<Verdict> {
  const malformed = decideHead(plan.head, exchange);
  if (malformed !== null) return malformed;
  const own = ports.ownPaths?.get(exchange.path);
  if (own !== undefined) return decideOwn(plan, exchange, ports, own);
  const match = plan.router.find(exchange.path, exchange.method);
  if (match.value === null || answersPreflight(plan, exchange))
    return decideUnmatched(plan, exchange, ports, match.allow);
  exchange.operation = match.value;
  exchange.pathValues = match.values;
  return runSteps(match.value.steps, 0, exchange, ports);
}

/** A preflight is answered from the document even where it declares OPTIONS, and counts against the address like all that nobody has proved. */
export function answersPreflight(plan: Plan, exchange: Exchange): boolean {
  return plan.policy.cors !== null && isPreflight(exchange);
}

/** What Sallyport answers itself counts against the limits by address, and asks nothing else. */
function decideOwn(plan: Plan, exchange: Exchange, ports: Ports, own: OwnPath): Verdict | Promise<Verdict> {
  const proceed = (limited: Verdict): Verdict | Promise<Verdict> => {
    if (limited !== null) return limited;
    const { maxBodyBytes: maxBytes } = own;
    if (maxBytes === null || exchange.method !== 'POST') return own.respond(exchange, NO_BODY);
    return {
      answer: true,
      status: 500,
      headers: [],
      afterBody: { maxBytes, respond: (body) => own.respond(exchange, body) },
    };
  };
  const limited = runSteps(plan.unmatched, 0, exchange, ports);
  return limited instanceof Promise ? limited.then(proceed) : proceed(limited);
}

const NO_BODY = new Uint8Array(0);

function decideUnmatched(
  plan: Plan,
  exchange: Exchange,
  ports: Ports,
  allow: readonly string[],
): Verdict | Promise<Verdict> {
  const limited = runSteps(plan.unmatched, 0, exchange, ports);
  if (limited instanceof Promise) return limited.then((verdict) => verdict ?? unmatched(plan, exchange, allow));
  return limited ?? unmatched(plan, exchange, allow);
}

function unmatched(plan: Plan, exchange: Exchange, allow: readonly string[]): Verdict {
  if (allow.length > 0 && exchange.method === 'OPTIONS') return answerOptions(exchange, allow, plan.policy.cors);
  const denial =
    allow.length > 0
      ? deny('METHOD_UNKNOWN', 'match', { headers: ['Allow', allow.join(', ')] })
      : deny('PATH_UNKNOWN', 'match');
  return settle(denial, plan.policy.modes.match, exchange);
}

/** What becomes of a denial under a mode: returned, kept as observed, or dropped. */
export function settle(denial: Denial | null, mode: 'off' | 'observe' | 'enforce', exchange: Exchange): Denial | null {
  if (denial === null || mode === 'enforce') return denial;
  if (mode === 'observe') exchange.observed.push(denial);
  return null;
}

function runSteps(
  steps: readonly PlannedStep[],
  from: number,
  exchange: Exchange,
  ports: Ports,
): Verdict | Promise<Verdict> {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i] as PlannedStep;
    const waiting = step.gather === null ? undefined : step.gather(exchange, ports);
    if (waiting !== undefined)
      return waiting.then(
        () => settle(step.decide(exchange), step.mode, exchange) ?? runSteps(steps, i + 1, exchange, ports),
      );
    const denial = step.decide(exchange);
    if (denial !== null && settle(denial, step.mode, exchange) !== null) return denial;
  }
  exchange.principal ??= ANONYMOUS;
  const parameters = exchange.operation?.checks().parameters ?? null;
  const denial = parameters === null ? null : settle(parameters.decide(exchange), parameters.mode, exchange);
  const policies = exchange.operation?.checks().parameterPolicies ?? null;
  return denial !== null || policies === null ? denial : settle(policies.decide(exchange), policies.mode, exchange);
}
