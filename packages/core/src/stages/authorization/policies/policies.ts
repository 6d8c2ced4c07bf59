import type { CompiledPolicy } from '../../../cedar/compile-policy.ts';
import type { Moment } from '../../../cedar/policy-reads.ts';
import { MOMENTS } from '../../../cedar/policy-reads.ts';
import type { PolicyRequest } from '../../../cedar/policy-request.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Operation } from '../../../openapi/model.ts';
import { deny, type Denial } from '../../../verdict/denial.ts';
import type { CompileContext, DataStage, Stage } from '../../stage.ts';
import { ExchangeFacts } from './exchange-facts.ts';
import type { GovernedOperation, PolicySet } from './policy-set.ts';

/** The policies of one operation that are decided over at one moment of an exchange. */
export interface PoliciesRule extends GovernedOperation {
  readonly set: PolicySet;
  readonly moment: Moment;
}

/** How far the policies have decided over an exchange. */
export interface PolicyProgress {
  readonly request: PolicyRequest;
  /** The permit that holds; null while none does. */
  permittedBy: string | null;
  /** A permit that could not be evaluated, for whoever wonders why it did not permit. */
  erring: string | null;
  denied: boolean;
}

/**
 * Asks the attribute policies, in Cedar. Nothing is allowed without a permit where the operation needs one, and nothing that a forbid holds for.
 * A forbid that cannot be evaluated denies; a permit that cannot be evaluated permits nothing. Each policy is asked at the earliest
 * moment that what it reads is there: here those that look at no more than who asks for what, from where and when; the others once the
 * parameters are checked, and once the body is. A request that no later policy could permit is refused at once.
 */
export const policies: Stage<PoliciesRule> = momentStage('head');

/** The policies that read parameters, after those were checked. */
export const parameterPolicies: Stage<PoliciesRule> = momentStage('parameters');

/** The policies that read the body, after it was checked. */
export const bodyPolicies: DataStage<PoliciesRule> = { ...momentStage('body'), readsBody: () => true };

function momentStage(moment: Moment): Stage<PoliciesRule> {
  return {
    name: 'policies',
    compile: (operation, context) => compile(operation, context, moment),
    decide,
    explain,
    describe,
  };
}

function compile(operation: Operation, context: CompileContext, moment: Moment): PoliciesRule | null {
  const set = context.policySet ?? null;
  const governed = set?.operations.get(operation.id);
  if (set === null || governed === undefined) return null;
  const { forbids, permits } = governed.policies.moments[moment];
  // Whether a permit is missing is told as early as can be.
  const begins = moment === 'head' && governed.needsPermit;
  return begins || forbids.size + permits.size > 0 ? { ...governed, set, moment } : null;
}

function progressOf(rule: PoliciesRule, exchange: Exchange): PolicyProgress {
  exchange.policies ??= {
    request: rule.set.requests.create(rule.model, new ExchangeFacts(exchange, rule.model, rule.set.country)),
    permittedBy: null,
    erring: null,
    denied: false,
  };
  return exchange.policies;
}

function decide(rule: PoliciesRule, exchange: Exchange): Denial | null {
  const progress = progressOf(rule, exchange);
  // Where policies are only observed, a request that would have been refused is told of once.
  if (progress.denied) return null;
  const denial = decideForbids(rule, progress) ?? decidePermits(rule, progress);
  progress.denied = denial !== null;
  return denial;
}

function decideForbids({ policies: { moments }, moment }: PoliciesRule, progress: PolicyProgress): Denial | null {
  const { request } = progress;
  let denial: Denial | null = null;
  moments[moment].forbids.some(request, ({ id, evaluate }) => {
    const verdict = evaluate(request);
    if (verdict === false) return false;
    denial =
      verdict === true
        ? deny('AUTHZ_POLICY_FORBIDS', 'policies', { rule: `policies/${id}`, facts: { policy: id } })
        : deny('AUTHZ_POLICY_FAILED', 'policies', {
            rule: `policies/${id}`,
            facts: { policy: id, error: verdict.message },
          });
    return true;
  });
  return denial;
}

function decidePermits(rule: PoliciesRule, progress: PolicyProgress): Denial | null {
  if (!rule.needsPermit || progress.permittedBy !== null) return null;
  const { request } = progress;
  const { moments } = rule.policies;
  const permitted = moments[rule.moment].permits.some(request, ({ id, evaluate }) => {
    const verdict = evaluate(request);
    if (verdict === true) progress.permittedBy = id;
    else if (verdict !== false) progress.erring = id;
    return verdict === true;
  });
  if (permitted) return null;
  for (const later of MOMENTS.slice(MOMENTS.indexOf(rule.moment) + 1))
    if (moments[later].permits.concerns(request.principalKeys)) return null;
  return deny('AUTHZ_PERMIT_MISSING', 'policies', {
    rule: 'policies',
    facts: progress.erring === null ? {} : { erring: progress.erring },
  });
}

/** Every policy of the moment that holds or cannot be evaluated, not only the one that decided. */
function explain(rule: PoliciesRule, exchange: Exchange): readonly string[] {
  const { request } = progressOf(rule, exchange);
  const { forbids, permits } = rule.policies.moments[rule.moment];
  const lines: string[] = [];
  const tell = ({ id, effect, evaluate }: CompiledPolicy): boolean => {
    const verdict = evaluate(request);
    if (verdict === true) lines.push(`${effect === 'permit' ? 'permitted' : 'forbidden'} by ${id}`);
    else if (verdict !== false) lines.push(`${id} cannot be evaluated: ${verdict.message}`);
    return false;
  };
  forbids.some(request, tell);
  permits.some(request, tell);
  return lines;
}

function describe({ policies: { moments, permits, forbids }, needsPermit, moment }: PoliciesRule): readonly string[] {
  if (moment !== 'head') {
    const here = moments[moment].forbids.size + moments[moment].permits.size;
    return [
      `${count(here, 'policy', 'policies')} that ${here === 1 ? 'reads' : 'read'} ${moment === 'body' ? 'the body' : 'parameters'}`,
    ];
  }
  const needed = needsPermit
    ? permits === 0
      ? 'a permit is needed, and no policy can give one: every request is refused'
      : `a permit is needed: ${count(permits, 'policy', 'policies')} can give one`
    : 'no permit is needed';
  return [forbids === 0 ? needed : `${needed}; ${count(forbids, 'policy', 'policies')} can forbid`];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
