import type { OperationModel } from './api-model.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { entitiesOf } from './named-entities.ts';
import { PolicyIndex } from './policy-index.ts';
import type { PolicyJson, ScopeJson } from './policy-json.ts';
import { type Moment, MOMENTS, momentOf } from './policy-reads.ts';
import type { EntityUid } from './value.ts';

/** The policies of one moment. */
export interface MomentPolicies {
  readonly forbids: PolicyIndex;
  readonly permits: PolicyIndex;
}

/** What the policies say of one operation: those that can concern it, each at the earliest moment that it can be evaluated. */
export interface OperationPolicies {
  readonly moments: Readonly<Record<Moment, MomentPolicies>>;
  readonly permits: number;
  readonly forbids: number;
}

/** Chooses the policies that can concern an operation, whoever calls it. */
export type PolicyChooser = (model: OperationModel) => OperationPolicies;

/** Policies of one scope, and so about the same operations. */
interface ScopedPolicies {
  readonly scope: PolicyJson;
  readonly policies: { readonly policy: CompiledPolicy; readonly moment: number }[];
}

/**
 * Prepares the choice for all operations: policies are sorted by scope once, and operations of which the same is said share one index. So a thousand
 * operations with ten thousand policies about all of them cost as much as one.
 */
export function createPolicyChooser(policies: readonly CompiledPolicy[]): PolicyChooser {
  const scopes = sortByScope(policies);
  const always: number[] = [];
  const byAction = new Map<string, number[]>();
  for (const [index, { scope }] of scopes.entries()) {
    if (scope.action.op !== '==' && scope.action.op !== 'in') {
      always.push(index);
      continue;
    }
    for (const key of new Set(entitiesOf(scope.action).map((uid) => uid.key))) {
      const list = byAction.get(key);
      if (list === undefined) byAction.set(key, [index]);
      else list.push(index);
    }
  }
  const shared = new Map<string, OperationPolicies>();
  return (model) => {
    const named = [model.action, ...model.groups].flatMap(({ key }) => byAction.get(key) ?? []);
    const concerning = [...new Set([...always, ...named])]
      .sort((one, other) => one - other)
      .filter((index) => canConcern((scopes[index] as ScopedPolicies).scope, model));
    const latest = MOMENTS.indexOf(latestOf(model));
    const name = `${latest} ${concerning.join(' ')}`;
    let chosen = shared.get(name);
    if (chosen === undefined) {
      chosen = indexed(
        concerning.map((index) => scopes[index] as ScopedPolicies),
        latest,
      );
      shared.set(name, chosen);
    }
    return chosen;
  };
}

function sortByScope(policies: readonly CompiledPolicy[]): readonly ScopedPolicies[] {
  const byScope = new Map<string, ScopedPolicies>();
  for (const policy of policies) {
    const { principal, action, resource } = policy.json;
    // Whom a policy is about is found out later; here it counts only whether it can be anybody at all.
    const name = JSON.stringify([canBeOfType(principal, 'Principal', 'Role'), action, resource]);
    const entry = { policy, moment: MOMENTS.indexOf(momentOf(policy.json)) };
    const same = byScope.get(name);
    if (same === undefined) byScope.set(name, { scope: policy.json, policies: [entry] });
    else same.policies.push(entry);
  }
  return [...byScope.values()];
}

function indexed(scopes: readonly ScopedPolicies[], latest: number): OperationPolicies {
  const lists = MOMENTS.map(() => ({ forbids: [] as CompiledPolicy[], permits: [] as CompiledPolicy[] }));
  let permits = 0;
  let forbids = 0;
  for (const { policies } of scopes)
    for (const { policy, moment } of policies) {
      const list = lists[Math.min(moment, latest)];
      if (policy.effect === 'permit') {
        list?.permits.push(policy);
        permits += 1;
      } else {
        list?.forbids.push(policy);
        forbids += 1;
      }
    }
  const [head, parameters, body] = lists.map(
    (list): MomentPolicies => ({
      forbids: new PolicyIndex(list.forbids),
      permits: new PolicyIndex(list.permits),
    }),
  ) as [MomentPolicies, MomentPolicies, MomentPolicies];
  return { moments: { head, parameters, body }, permits, forbids };
}

/** What the operation does not take, nobody has to wait for: it is missing at once. */
function latestOf(model: OperationModel): Moment {
  if (model.operation.requestBody !== null) return 'body';
  return model.resource.members.has('path') ||
    model.resource.members.has('query') ||
    model.resource.members.has('header')
    ? 'parameters'
    : 'head';
}

/** Whether the scope of a policy leaves room for a request of the operation. */
export function canConcern(policy: PolicyJson, model: OperationModel): boolean {
  return (
    canBe(policy.action, model.action, model.groups) &&
    canBeOfType(policy.resource, model.resourceType) &&
    canBeOfType(policy.principal, 'Principal', 'Role')
  );
}

function canBe(scope: ScopeJson, uid: EntityUid, groups: readonly EntityUid[]): boolean {
  const isWithin = ({ key }: EntityUid): boolean => key === uid.key || groups.some((group) => group.key === key);
  switch (scope.op) {
    case 'All':
      return true;
    case '==':
      return entitiesOf(scope).some(({ key }) => key === uid.key);
    case 'in':
      return entitiesOf(scope).some(isWithin);
    case 'is':
      return scope.entity_type === uid.type && (scope.in === undefined || entitiesOf(scope.in).some(isWithin));
  }
}

/** `parent` is the type of what entities of the type can be in. */
function canBeOfType(scope: ScopeJson, type: string, parent: string | null = null): boolean {
  const isWithin = (uid: EntityUid): boolean => uid.type === type || uid.type === parent;
  switch (scope.op) {
    case 'All':
      return true;
    case '==':
      return entitiesOf(scope).some((uid) => uid.type === type);
    case 'in':
      return entitiesOf(scope).some(isWithin);
    case 'is':
      return scope.entity_type === type && (scope.in === undefined || entitiesOf(scope.in).some(isWithin));
  }
}
