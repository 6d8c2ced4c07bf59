import type { Stage } from '../stage.ts';
import { compileLimits, decideLimits, gatherLimits, type LimitsRule } from './limits-rule.ts';

/**
 * All other limits, which run after authentication: by principal, key and claim, because these are proved by then; by operation and
 * header, because a stranger must not use up what the operation's or the tenant's own clients share.
 */
export const principalLimits: Stage<LimitsRule> = {
  name: 'limits',
  compile(operation, context) {
    return compileLimits(operation, context, (rule) => rule.by.kind !== 'address');
  },
  gather: (rule, exchange, ports) => gatherLimits(rule, exchange, ports),
  decide: decideLimits,
  describe: (rule) => rule.limits.map((limit) => limit.line),
};
