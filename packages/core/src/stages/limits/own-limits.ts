import { keyLimitName, renderKeyLimit, type KeyLimit } from '../../policy/key-limit.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import { familyKey } from './limit-key.ts';
import { takesOwnTokens } from '../../policy/takes-own-tokens.ts';
import { idleMs } from './algorithms.ts';
import type { OperationLimit } from './limits-rule.ts';
import type { PlannedLimit } from './limit-state.ts';

/** Plans the limits that a key has of its own, the one that heals fastest first. What is returned is frozen, and may be shared between keys of equal limits. */
export function planKeyLimits(limits: readonly KeyLimit[]): readonly PlannedLimit[] {
  return Object.freeze(
    limits
      .map((limit) => Object.freeze({ ...limit, name: keyLimitName(limit.windowMs) }))
      .sort((left, right) => idleMs(left) - idleMs(right)),
  );
}

/** The limits of a rule and those of the keys that the request proved, the one that heals fastest first. The rule's own list where there are none. */
export function withOwnLimits(
  { limits, cost }: { readonly limits: readonly OperationLimit[]; readonly cost: number },
  { principal }: Exchange,
): readonly OperationLimit[] {
  const keys = principal?.keys;
  if (keys === undefined) return limits;
  let own = 0;
  for (const key of keys) own += key.limits.length;
  if (own === 0) return limits;
  const all = [...limits];
  for (const key of keys) {
    const counted = familyKey(key.family);
    for (const planned of key.limits) all.push({ planned, keyOf: () => counted, cost, line: '' });
  }
  return all.sort((left, right) => idleMs(left.planned) - idleMs(right.planned));
}

/** Those limits of the list that are a key's own, a line each, with what is left. */
export function describeOwnLimits(limits: readonly OperationLimit[], exchange: Exchange): readonly string[] {
  const own = new Set(exchange.principal?.keys?.flatMap((key) => key.limits));
  return limits.flatMap(({ planned }) => {
    if (!own.has(planned)) return [];
    const state = exchange.limits.findLast(({ limit }) => limit === planned)?.state;
    return [
      `the key's own: ${renderKeyLimit(planned)}, ${state === undefined ? 'not asked' : `${state.remaining} left`}`,
    ];
  });
}

/** Whether a principal of this operation can be one that has limits of its own. */
export function mayHaveOwnLimits({ security }: Operation, { authentication, tokens }: Policy): boolean {
  return (security ?? []).some((alternative) =>
    alternative.some(({ scheme }) => {
      const entry = authentication.get(scheme);
      return entry !== undefined && givesKeys(entry, tokens);
    }),
  );
}

function givesKeys(entry: AuthenticationPolicy, tokens: Policy['tokens']): boolean {
  if (entry.kind === 'api-key')
    return entry.keys.from !== 'inline' || entry.keys.entries.some(({ limits }) => (limits ?? []).length > 0);
  const entries = entry.kind === 'issuers' ? entry.entries : [entry];
  return entries.some((one) => one.kind === 'jwt' && takesOwnTokens(one, tokens));
}
