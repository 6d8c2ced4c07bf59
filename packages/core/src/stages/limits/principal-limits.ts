import type { Stage } from '../stage.ts';
import { describeOwnLimits, mayHaveOwnLimits } from './own-limits.ts';
import { compileLimits, decideLimits, gatherLimits, limitsOf, type LimitsRule } from './limits-rule.ts';

/**
 * All other limits, which run after authentication: by principal, key and claim, because these are proved by then; by operation and
 * header, because a stranger must not use up what the operation's or the tenant's own clients share. With them those that a key has of its own, for requests with
 * the key, with its successors, and with tokens that any of them obtained.
 */
export const principalLimits: Stage<LimitsRule> = {
  name: 'limits',
  compile(operation, context) {
    const own = mayHaveOwnLimits(operation, context.policy);
    return compileLimits(operation, context, (rule) => rule.by.kind !== 'address', own);
  },
  gather: (rule, exchange, ports) => gatherLimits(rule, exchange, ports),
  decide: decideLimits,
  explain: (rule, exchange) => describeOwnLimits(limitsOf(rule, exchange), exchange),
  describe: (rule) => [
    ...rule.limits.map((limit) => limit.line),
    ...(rule.own ? ['the limits that keys have of their own'] : []),
  ],
};
