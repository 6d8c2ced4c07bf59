import { addressLimits } from '../stages/limits/address-limits.ts';
import { authentication } from '../stages/authentication/authentication.ts';
import { authorization } from '../stages/authorization/authorization.ts';
import { effectiveRoles } from '../stages/authorization/effective-roles.ts';
import { lifecycle } from '../stages/lifecycle/lifecycle.ts';
import { policies } from '../stages/authorization/policies/policies.ts';
import { principalLimits } from '../stages/limits/principal-limits.ts';
import { roles } from '../stages/authorization/roles.ts';
import type { Operation } from '../openapi/model.ts';
import type { CompileContext, Stage } from '../stages/stage.ts';
import type { Mode } from '../policy/policy.ts';
import type { PlannedStep } from './plan.ts';

/** Binds one stage to one operation; null where it has nothing to do there or is off. */
type Bind = (operation: Operation, context: CompileContext, mode: Mode) => PlannedStep | null;

/** Makes a binder of a stage, so that stages with different rules can stand in one list. */
export function bind<Rule>(stage: Stage<Rule>): { readonly rule: Stage<Rule>['name']; readonly bind: Bind } {
  return {
    rule: stage.name,
    bind(operation, context, mode) {
      if (mode === 'off') return null;
      const rule = stage.compile(operation, context);
      if (rule === null) return null;
      // Taken out of the stage once: stages differ in what they have, and each request would look for it.
      const { gather, decide, explain } = stage;
      return {
        rule: stage.name,
        mode,
        gather: gather === undefined ? null : (exchange, ports) => gather(rule, exchange, ports),
        decide: mode === 'observe' ? observing(stage, rule) : (exchange) => decide(rule, exchange),
        explain: explain === undefined ? null : (exchange) => explain(rule, exchange),
        describe: () => stage.describe(rule),
      };
    },
  };
}

function observing<Rule>(stage: Stage<Rule>, rule: Rule): PlannedStep['decide'] {
  return (exchange) => {
    const denial = stage.decide(rule, exchange);
    stage.undo?.(exchange);
    return denial;
  };
}

/**
 * The order of the stages between matching and the body: cheap refusals first, so that an attack is cheap to refuse.
 * Parameters, body and response follow; they are compiled from schemas, on first use.
 */
export const STAGE_ORDER = [
  bind(lifecycle),
  bind(addressLimits),
  bind(authentication),
  effectiveRoles,
  bind(principalLimits),
  bind(authorization),
  bind(roles),
  bind(policies),
] as const;
