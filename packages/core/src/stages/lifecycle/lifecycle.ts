import { deny } from '../../verdict/denial.ts';
import { operationPolicy } from '../../policy/operation-policy.ts';
import type { Stage } from '../stage.ts';

/** When an operation was deprecated and when it ends; epoch milliseconds. */
export interface LifecycleRule {
  readonly deprecatedAtMs: number | null;
  readonly sunsetAtMs: number | null;
  /** Headers of every response of the operation, names and values in turn. */
  readonly headers: readonly string[];
}

/** Announces deprecation (RFC 9745) and sunset (RFC 8594), and refuses an operation whose sunset has passed with 410. */
export const lifecycle: Stage<LifecycleRule> = {
  name: 'lifecycle',
  compile(operation, { policy }) {
    const { deprecatedAtMs, sunsetAtMs } = operationPolicy(policy, operation);
    if (deprecatedAtMs === null && sunsetAtMs === null) return null;
    const headers: string[] = [];
    if (deprecatedAtMs !== null) headers.push('Deprecation', `@${Math.floor(deprecatedAtMs / 1000)}`);
    if (sunsetAtMs !== null) headers.push('Sunset', new Date(sunsetAtMs).toUTCString());
    return { deprecatedAtMs, sunsetAtMs, headers };
  },
  decide(rule, exchange) {
    exchange.replyHeaders.push(...rule.headers);
    if (rule.sunsetAtMs === null || exchange.nowMs < rule.sunsetAtMs) return null;
    return deny('OPERATION_RETIRED', 'lifecycle', {
      rule: 'sunset',
      facts: { sunset: new Date(rule.sunsetAtMs).toISOString() },
    });
  },
  describe(rule) {
    const lines: string[] = [];
    if (rule.deprecatedAtMs !== null) lines.push(`deprecated since ${new Date(rule.deprecatedAtMs).toISOString()}`);
    if (rule.sunsetAtMs !== null) lines.push(`refused from ${new Date(rule.sunsetAtMs).toISOString()} on`);
    return lines;
  },
};
