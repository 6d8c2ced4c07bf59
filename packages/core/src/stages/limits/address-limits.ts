import type { Stage } from '../stage.ts';
import { compileLimits, decideLimits, gatherLimits, type LimitsRule } from './limits-rule.ts';

/**
 * The limits by address, which run before authentication: guessing passwords and keys is what they are there to slow down, and
 * a request that they refuse costs no signature check. They know nothing of who is asking.
 */
export const addressLimits: Stage<LimitsRule> = {
  name: 'limits',
  compile(operation, context) {
    return compileLimits(operation, context, (rule) => rule.by.kind === 'address');
  },
  gather: (rule, exchange, ports) => gatherLimits(rule, exchange, ports),
  decide: decideLimits,
  describe: (rule) => rule.limits.map((limit) => limit.line),
};
