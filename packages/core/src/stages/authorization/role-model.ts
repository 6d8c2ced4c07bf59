import type { ApiDocument, Operation } from '../../openapi/model.ts';
import { PermittedOperations, type PermissionCover } from '../../policy/permitted-operations.ts';
import type { Policy, RolesPolicy } from '../../policy/policy.ts';
import { RoleSet } from './role-set.ts';

/** Who may call one operation, by role. */
export interface RoleRule {
  readonly model: RoleModel;
  /** Roles any of which is enough. */
  readonly may: RoleSet;
  /** Where an alternative of `security` asks for several scopes: for each scope the roles that have it and not all of them; one of each is enough. */
  readonly together: readonly (readonly RoleSet[])[];
}

const NO_COVER: PermissionCover = { operations: [], scopes: [] };
const NOTHING: readonly never[] = Object.freeze([]);

/**
 * Roles of the policy compiled for one document: for each operation the roles that may call it. A role may what its own permissions cover and
 * what those cover of every role that it inherits. A permission for a scope covers an operation of which one alternative of `security` asks for
 * that scope alone; where an alternative asks for several, roles have to have all of them, each role some.
 */
export class RoleModel {
  readonly names: readonly string[];
  readonly grants: RolesPolicy['grants'];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #inherited: RolesPolicy['inherited'];
  readonly #rules: ReadonlyMap<Operation, RoleRule>;

  constructor(document: Pick<ApiDocument, 'operations'>, policy: RolesPolicy) {
    this.names = [...policy.roles.keys()];
    this.grants = policy.grants;
    this.#numbers = new Map(this.names.map((name, index) => [name, index]));
    this.#inherited = policy.inherited;
    const withHeirs = this.#heirs();
    const permitted = new PermittedOperations(document);
    const byOperation = document.operations.map(() => new RoleSet(this.names.length));
    const byScope = new Map<string, RoleSet>();
    for (const [number, { permissions }] of [...policy.roles.values()].entries()) {
      const heirs = withHeirs[number];
      if (heirs === undefined) continue;
      for (const { text } of permissions) {
        const reading = permitted.read(text);
        const { operations, scopes } = reading.ok ? reading.cover : NO_COVER;
        for (const index of operations) byOperation[index]?.addAll(heirs);
        for (const scope of scopes) {
          const having = byScope.get(scope) ?? new RoleSet(this.names.length);
          having.addAll(heirs);
          byScope.set(scope, having);
        }
      }
    }
    this.#rules = new Map(
      document.operations.map((operation, index) => [
        operation,
        this.#rule(operation, byOperation[index] ?? new RoleSet(this.names.length), byScope),
      ]),
    );
  }

  /** Null for an operation that is not of the document. */
  ruleOf(operation: Operation): RoleRule | null {
    return this.#rules.get(operation) ?? null;
  }

  numberOf(role: string): number | undefined {
    return this.#numbers.get(role);
  }

  /** The roles that `role` inherits; none for one that is not declared. */
  inheritedBy(role: string): readonly string[] {
    return this.#inherited.get(role) ?? NOTHING;
  }

  get inherits(): boolean {
    return [...this.#inherited.values()].some((all) => all.length > 0);
  }

  /** For each role, itself and the roles that inherit it. */
  #heirs(): readonly RoleSet[] {
    const heirs = this.names.map((_, number) => {
      const set = new RoleSet(this.names.length);
      set.add(number);
      return set;
    });
    for (const [heir, name] of this.names.entries())
      for (const inherited of this.inheritedBy(name)) heirs[this.#numbers.get(inherited) ?? -1]?.add(heir);
    return heirs;
  }

  #rule({ security }: Operation, may: RoleSet, byScope: ReadonlyMap<string, RoleSet>): RoleRule {
    const together: RoleSet[][] = [];
    for (const alternative of security ?? []) {
      const scopes = new Set(alternative.flatMap((required) => required.scopes));
      const having = [...scopes].map((scope) => byScope.get(scope));
      if (having.length === 0 || having.includes(undefined)) continue;
      may.addAll(RoleSet.common(having as RoleSet[], this.names.length));
      together.push(having as RoleSet[]);
    }
    // What one role is enough for, others are not needed for.
    const left = together.map((sets) => sets.map((set) => set.without(may)));
    return { model: this, may, together: left.filter((sets) => sets.every((set) => !set.empty)) };
  }
}

const MODELS = new WeakMap<RolesPolicy, { readonly document: ApiDocument; readonly model: RoleModel }>();

/** The roles of a policy for a document, compiled once. Null where no roles are declared. */
export function roleModelOf(document: ApiDocument, policy: Pick<Policy, 'roles'>): RoleModel | null {
  const roles = policy.roles ?? null;
  if (roles === null) return null;
  const known = MODELS.get(roles);
  if (known?.document === document) return known.model;
  const model = new RoleModel(document, roles);
  MODELS.set(roles, { document, model });
  return model;
}

/** True where the roles of a principal are enough. Costs one look-up for each role until one is, whatever the number of declared roles. */
export function mayCall({ model, may, together }: RoleRule, roles: readonly string[]): boolean {
  for (const role of roles) {
    const number = model.numberOf(role);
    if (number !== undefined && may.has(number)) return true;
  }
  return together.some((sets) =>
    sets.every((set) =>
      roles.some((role) => {
        const number = model.numberOf(role);
        return number !== undefined && set.has(number);
      }),
    ),
  );
}
