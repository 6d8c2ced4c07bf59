import type { Denial } from '../verdict/denial.ts';
import type { Exchange } from '../exchange.ts';
import type { Mode } from '../policy/policy.ts';
import type { Plan } from './plan.ts';
import { settle } from './decide.ts';

/** How large the body of a request may be. */
export interface BodyBound {
  readonly maxBytes: number;
  /** What becomes of a larger one: refused, or passed on as it comes, observed or not. */
  readonly mode: Mode;
}

/**
 * Bounds the body of a request as the rule for bodies says; where that is not enforced, and a rule that is has to read the body, a larger one is refused
 * all the same, for it could not be read.
 */
export function boundBody(plan: Plan, exchange: Exchange): BodyBound {
  const { requests, modes } = plan.policy;
  const { operation } = exchange;
  if (operation === null) return { maxBytes: requests.maxBodyBytes, mode: modes.body };
  const { body, data } = operation.checks();
  const maxBytes = body?.rule.maxBytes ?? requests.maxBodyBytes;
  const mode = operation.modes.body;
  if (mode === 'enforce') return { maxBytes, mode };
  const read = data.some((step) => step.mode === 'enforce' && step.readsBody(exchange));
  return { maxBytes, mode: read ? 'enforce' : mode };
}

/** What the head says of the body that follows. */
export interface BodyHead {
  /** Null: go on. */
  readonly denial: Denial | null;
  /** It is wrong already, and only observed: the bytes would only say so again. */
  readonly told: boolean;
}

const NOTHING_WRONG: BodyHead = Object.freeze({ denial: null, told: false });

/** Decides over a body by what the head says of it, before any of it is read. */
export function decideBodyHead(plan: Plan, exchange: Exchange): BodyHead {
  const body = exchange.operation?.checks().body ?? null;
  const denial = body?.rule.decideHead(exchange) ?? null;
  if (body === null || denial === null) return NOTHING_WRONG;
  const mode = denial.code === 'BODY_TOO_LARGE' ? boundBody(plan, exchange).mode : body.mode;
  return { denial: settle(denial, mode, exchange), told: true };
}
