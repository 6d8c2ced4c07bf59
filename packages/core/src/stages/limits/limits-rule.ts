import { oncePer } from '../../once-per.ts';
import type { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import { limitsByOperation } from '../../policy/by-operation.ts';
import { operationPolicy } from '../../policy/operation-policy.ts';
import type { LimitRule } from '../../policy/policy.ts';
import type { Ports } from '../../ports.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import type { CompileContext } from '../stage.ts';
import { idleMs } from './algorithms.ts';
import { compileKey, type KeyOf } from './limit-key.ts';
import { withOwnLimits } from './own-limits.ts';
import { COUNTER_UNAVAILABLE, type LimitState, type PlannedLimit } from './limit-state.ts';

/** One limit of one operation. */
export interface OperationLimit {
  readonly planned: PlannedLimit;
  readonly keyOf: KeyOf;
  readonly cost: number;
  readonly line: string;
}

/** The limits of one operation that one of the two stages asks, in the order of asking. */
export interface LimitsRule {
  readonly limits: readonly OperationLimit[];
  /** What one request takes from each limit. */
  readonly cost: number;
  /** Whether limits that keys have of their own are asked with them. */
  readonly own: boolean;
}

/** Compiled limits by rule: operations that share a counter share the plan's object for it. */
const plannedLimitOf = oncePer(
  ({ name, algorithm, limit, windowMs, burst, mode }: LimitRule): PlannedLimit =>
    Object.freeze({ name, algorithm, limit, windowMs, burst, observed: mode === 'observe' }),
);

/** Compiles the limits that `belongs` picks; null where none covers the operation, and no key with limits of its own can (`own`). */
export function compileLimits(
  operation: Operation,
  context: CompileContext,
  belongs: (rule: LimitRule) => boolean,
  own = false,
): LimitsRule | null {
  const cost = operationPolicy(context.policy, operation).cost ?? 1;
  const limits = limitsByOperation(context.policy.limits)(operation)
    .filter((rule) => belongs(rule) && rule.mode !== 'off')
    .map((rule) => operationLimit(rule, operation, cost))
    // The limit that heals fastest first: what several requests at once take before a later limit refuses them is soon there again.
    .sort((left, right) => idleMs(left.planned) - idleMs(right.planned));
  return limits.length === 0 && !own ? null : { limits, cost, own };
}

function operationLimit(rule: LimitRule, operation: Operation, cost: number): OperationLimit {
  const { name, algorithm, limit, windowMs, burst } = rule;
  const planned = plannedLimitOf(rule);
  const line = `${name}: ${limit} per ${windowMs} ms by ${keyName(rule)}, ${algorithm}${algorithm === 'token-bucket' ? `, burst ${burst}` : ''}${cost === 1 ? '' : `, cost ${cost}`}${planned.observed === true ? ', observed' : ''}`;
  return { planned, keyOf: compileKey(rule.by, operation.id, rule.perOperation), cost, line };
}

function keyName({ by, perOperation }: LimitRule): string {
  const name = by.kind === 'claim' || by.kind === 'header' ? `${by.kind} ${by.name}` : by.kind;
  return perOperation && by.kind !== 'operation' ? `${name} and operation` : name;
}

/**
 * Takes from each counter in turn and keeps the states in `exchange.limits`; stops at the first that refuses, and gives back what was taken from those before
 * it: a client that has used up what is its own must not go on using up what it shares with others. Counters that answer at once are asked without waiting.
 * A counter that throws or rejects is a fact too.
 */
export function gatherLimits(rule: LimitsRule, exchange: Exchange, ports: Ports): Promise<void> | undefined {
  return gatherFrom(limitsOf(rule, exchange), 0, exchange, ports);
}

/** The limits that hold for this request. */
export function limitsOf(rule: LimitsRule, exchange: Exchange): readonly OperationLimit[] {
  return rule.own ? withOwnLimits(rule, exchange) : rule.limits;
}

function gatherFrom(
  limits: readonly OperationLimit[],
  from: number,
  exchange: Exchange,
  ports: Ports,
): Promise<void> | undefined {
  for (let index = from; index < limits.length; index++) {
    const limit = limits[index] as OperationLimit;
    const state = take(limit, exchange, ports);
    if (state instanceof Promise) {
      return state.then(
        (settled) => goOn(limits, index, settled, exchange, ports),
        () => goOn(limits, index, COUNTER_UNAVAILABLE, exchange, ports),
      );
    }
    if (!keep(exchange, limit, state)) return giveBack(limits, index, exchange, ports);
  }
  return undefined;
}

function goOn(
  limits: readonly OperationLimit[],
  index: number,
  state: LimitState,
  exchange: Exchange,
  ports: Ports,
): Promise<void> | undefined {
  return keep(exchange, limits[index] as OperationLimit, state)
    ? gatherFrom(limits, index + 1, exchange, ports)
    : giveBack(limits, index, exchange, ports);
}

/** Gives back what the limits before this one gave, and keeps their states as they are then. One that cannot take it back has to be waited for. */
function giveBack(
  limits: readonly OperationLimit[],
  refusing: number,
  exchange: Exchange,
  ports: Ports,
): Promise<void> | undefined {
  const { limits: kept } = exchange;
  const first = kept.length - 1 - refusing;
  const waiting: Promise<void>[] = [];
  for (let index = 0; index < refusing; index++) {
    const limit = limits[index] as OperationLimit;
    if (kept[first + index]?.state.allowed !== true) continue;
    const state = take(limit, exchange, ports, -limit.cost);
    const put = (settled: LimitState): void => {
      if (settled.allowed) kept[first + index] = { limit: limit.planned, state: settled };
    };
    if (state instanceof Promise) waiting.push(state.then(put, () => undefined));
    else put(state);
  }
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
}

function take(
  limit: OperationLimit,
  exchange: Exchange,
  ports: Ports,
  cost = limit.cost,
): LimitState | Promise<LimitState> {
  try {
    return ports.counters.take(limit.planned, limit.keyOf(exchange), cost, exchange.nowMs);
  } catch {
    return COUNTER_UNAVAILABLE;
  }
}

/** Whether the next limit is to be asked. */
function keep(exchange: Exchange, { planned }: OperationLimit, state: LimitState): boolean {
  exchange.limits.push({ limit: planned, state });
  return state.allowed || planned.observed === true;
}

/**
 * Denies with LIMIT_EXCEEDED and Retry-After where a counter refused, with LIMIT_STORE_UNAVAILABLE where one could not be asked; also where
 * one was never asked. A limit that is only observed leaves its denial in `exchange.observed`.
 */
export function decideLimits(rule: LimitsRule, exchange: Exchange): Denial | null {
  for (const limit of limitsOf(rule, exchange)) {
    const state = lastState(exchange.limits, limit.planned);
    if (state.allowed) continue;
    const denial = denialOf(limit.planned, state);
    if (limit.planned.observed !== true) return denial;
    exchange.observed.push(denial);
  }
  return null;
}

/** The last: two keys of one request may share a limit, and asking stopped at the one that was refused. */
function lastState(asked: Exchange['limits'], limit: PlannedLimit): LimitState {
  for (let i = asked.length - 1; i >= 0; i--) {
    const entry = asked[i];
    if (entry?.limit === limit) return entry.state;
  }
  return COUNTER_UNAVAILABLE;
}

function denialOf(limit: PlannedLimit, state: LimitState): Denial {
  const rule = `limits/${limit.name}`;
  if (state === COUNTER_UNAVAILABLE) return deny('LIMIT_STORE_UNAVAILABLE', 'limits', { rule });
  const facts = {
    limit: limit.limit,
    windowMs: limit.windowMs,
    retryAfterMs: Number.isFinite(state.retryAfterMs) ? state.retryAfterMs : null,
  };
  return deny('LIMIT_EXCEEDED', 'limits', { rule, facts, headers: retryAfter(state) });
}

/** Whole seconds, rounded up (RFC 9110, section 10.2.3); nothing where waiting does not help. */
function retryAfter(state: LimitState): string[] {
  return Number.isFinite(state.retryAfterMs)
    ? ['Retry-After', String(Math.max(1, Math.ceil(state.retryAfterMs / 1000)))]
    : [];
}
