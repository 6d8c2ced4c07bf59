import type { OperationModel } from './api-model.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { entityOf, type PolicyJson, type ScopeJson } from './policy-json.ts';
import { type Moment, MOMENTS, momentOf } from './policy-reads.ts';
import { EntityUid } from './value.ts';

/** Policies that may concern a request, by whom they are about: most are found by one look for each role. */
export class PolicyIndex {
  readonly #anyone: CompiledPolicy[] = [];
  readonly #byPrincipal = new Map<string, CompiledPolicy[]>();
  #size = 0;

  add(policy: CompiledPolicy): void {
    this.#size += 1;
    const keys = principalKeys(policy.json.principal);
    if (keys === null) this.#anyone.push(policy);
    for (const key of keys ?? []) {
      const list = this.#byPrincipal.get(key);
      if (list === undefined) this.#byPrincipal.set(key, [policy]);
      else list.push(policy);
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Calls `visit` with the policies that may be about a principal, until it returns true. `keys` are those of the principal and all it is in; null where that is not known: then all are. */
  some(keys: readonly string[] | null, visit: (policy: CompiledPolicy) => boolean): boolean {
    for (let index = 0; index < this.#anyone.length; index++)
      if (visit(this.#anyone[index] as CompiledPolicy)) return true;
    if (this.#byPrincipal.size === 0) return false;
    if (keys === null) return [...this.#byPrincipal.values()].some((list) => list.some(visit));
    for (let index = 0; index < keys.length; index++)
      if (this.#byPrincipal.get(keys[index] as string)?.some(visit) === true) return true;
    return false;
  }

  *[Symbol.iterator](): Generator<CompiledPolicy> {
    yield* this.#anyone;
    yield* new Set([...this.#byPrincipal.values()].flat());
  }
}

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
export function policiesOf(model: OperationModel, policies: readonly CompiledPolicy[]): OperationPolicies {
  const moments = {
    head: { forbids: new PolicyIndex(), permits: new PolicyIndex() },
    parameters: { forbids: new PolicyIndex(), permits: new PolicyIndex() },
    body: { forbids: new PolicyIndex(), permits: new PolicyIndex() },
  };
  const latest = MOMENTS.indexOf(latestOf(model));
  let permits = 0;
  let forbids = 0;
  for (const policy of policies) {
    if (!canConcern(policy.json, model)) continue;
    const moment = MOMENTS[Math.min(MOMENTS.indexOf(momentOf(policy.json)), latest)] as Moment;
    const isPermit = policy.effect === 'permit';
    moments[moment][isPermit ? 'permits' : 'forbids'].add(policy);
    if (isPermit) permits += 1;
    else forbids += 1;
  }
  return { moments, permits, forbids };
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
    canBe(policy.action, model.action, new Set(model.groups.map(({ key }) => key))) &&
    canBeOfType(policy.resource, model.resourceType) &&
    canBeOfType(policy.principal, 'Principal', 'Role')
  );
}

function canBe(scope: ScopeJson, uid: EntityUid, ancestors: ReadonlySet<string>): boolean {
  const isWithin = ({ key }: EntityUid): boolean => key === uid.key || ancestors.has(key);
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

/** The keys of which a principal has to have one; null where anyone will do. */
function principalKeys(scope: ScopeJson): readonly string[] | null {
  if (scope.op === 'All' || (scope.op === 'is' && scope.in === undefined)) return null;
  return entitiesOf(scope.op === 'is' && scope.in !== undefined ? scope.in : scope).map(({ key }) => key);
}

/** The entities that a scope names. */
export function entitiesOf(scope: object): readonly EntityUid[] {
  const authored =
    'entity' in scope ? [scope.entity] : 'entities' in scope ? (scope.entities as readonly unknown[]) : [];
  return authored.map((one) => {
    const { type, id } = entityOf(one as Parameters<typeof entityOf>[0]);
    return new EntityUid(type, id);
  });
}
