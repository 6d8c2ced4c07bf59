import type { CompiledPolicy } from './compile-policy.ts';
import { ConditionIndex, type Visit } from './condition-index.ts';
import { entitiesOf } from './named-entities.ts';
import type { ScopeJson } from './policy-json.ts';
import type { PolicyRequest } from './policy-request.ts';

/** Policies that may concern a request, by whom they are about, and then by what they test first: most are found by one look for each role and each test. */
export class PolicyIndex {
  readonly #anyone: ConditionIndex;
  readonly #byPrincipal: ReadonlyMap<string, ConditionIndex>;
  readonly size: number;

  /** `smallest` is the least number of policies of one test that are found by it. */
  constructor(policies: readonly CompiledPolicy[], smallest?: number) {
    const anyone: CompiledPolicy[] = [];
    const byPrincipal = new Map<string, CompiledPolicy[]>();
    for (const policy of policies) {
      const keys = principalKeys(policy.json.principal);
      if (keys === null) anyone.push(policy);
      for (const key of keys ?? []) {
        const list = byPrincipal.get(key);
        if (list === undefined) byPrincipal.set(key, [policy]);
        else list.push(policy);
      }
    }
    this.size = policies.length;
    this.#anyone = new ConditionIndex(anyone, smallest);
    this.#byPrincipal = new Map([...byPrincipal].map(([key, list]) => [key, new ConditionIndex(list, smallest)]));
  }

  /**
   * Calls `visit` with the policies that may hold for a request, or be an error for it, until it returns true. Where it is not known what
   * the principal is in, it may be in anything.
   */
  some(request: PolicyRequest, visit: Visit): boolean {
    if (this.#anyone.some(request, visit)) return true;
    if (this.#byPrincipal.size === 0) return false;
    const keys = request.principalKeys;
    if (keys === null) return [...this.#byPrincipal.values()].some((index) => index.some(request, visit));
    for (let index = 0; index < keys.length; index++)
      if (this.#byPrincipal.get(keys[index] as string)?.some(request, visit) === true) return true;
    return false;
  }

  /** Whether any policy is about such a principal, whatever its conditions say: they may read what is not there yet. */
  concerns(keys: readonly string[] | null): boolean {
    if (!this.#anyone.isEmpty) return true;
    return keys === null ? this.#byPrincipal.size > 0 : keys.some((key) => this.#byPrincipal.has(key));
  }
}

/** The keys of which a principal has to have one; null where anyone will do. */
function principalKeys(scope: ScopeJson): readonly string[] | null {
  if (scope.op === 'All' || (scope.op === 'is' && scope.in === undefined)) return null;
  return entitiesOf(scope.op === 'is' && scope.in !== undefined ? scope.in : scope).map(({ key }) => key);
}
