import type { CompileContext } from '../stage.ts';
import type { Exchange } from '../../exchange.ts';
import type { Mode } from '../../policy/policy.ts';
import type { Operation } from '../../openapi/model.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import type { Ports } from '../../ports.ts';
import type { Principal } from '../../principal.ts';
import { roleModelOf, type RoleModel } from './role-model.ts';

const NOTHING: readonly never[] = Object.freeze([]);

/** Principals with their effective roles, by the principal that was proved: those are shared between exchanges. */
type Known = WeakMap<Principal, { readonly granted: readonly string[]; readonly principal: Principal }>;

/**
 * The principal with the roles that count: its own, those granted in the store, and whatever these inherit, each once. Roles of its own that
 * are not declared stay, as the upstream may know them; a granted one that is not declared is left out. A principal that gains nothing is
 * returned as it is.
 */
export function withEffectiveRoles(
  principal: Principal,
  granted: readonly string[],
  model: RoleModel,
  known: Known = new WeakMap(),
): Principal {
  const gains = granted.length > 0 || principal.roles.some((role) => model.inheritedBy(role).length > 0);
  if (!gains) return principal;
  const before = known.get(principal);
  if (before !== undefined && before.granted === granted) return before.principal;
  const roles = new Set(principal.roles);
  for (const role of granted) if (model.numberOf(role) !== undefined) roles.add(role);
  for (const role of [...roles]) for (const inherited of model.inheritedBy(role)) roles.add(inherited);
  const effective = Object.freeze({ ...principal, roles: Object.freeze([...roles]) });
  known.set(principal, { granted, principal: effective });
  return effective;
}

/**
 * Comes right after authentication, whatever the mode of the check: what the policy says of roles holds for headers to the upstream and for
 * other stages too. Denies nothing. A store that cannot say what was granted leaves `Exchange.grantsKnown` false, and the check denies over it.
 */
export const effectiveRoles = {
  rule: 'roles',
  bind(_operation: Operation, { document, policy }: CompileContext, _mode: Mode): PlannedStep | null {
    const model = roleModelOf(document, policy);
    if (model === null || (model.grants === 'off' && !model.inherits)) return null;
    const known: Known = new WeakMap();
    return {
      rule: 'roles',
      mode: 'enforce',
      gather(exchange, ports) {
        gather(exchange, ports, model, known);
        return undefined;
      },
      decide: () => null,
      describe: () => NOTHING,
      gathersOnly: true,
    };
  },
} as const;

function gather(exchange: Exchange, ports: Ports, model: RoleModel, known: Known): void {
  const { principal } = exchange;
  if (principal === null || principal.kind === 'anonymous') return;
  let granted: readonly string[] = NOTHING;
  if (model.grants === 'store') {
    const told = ports.grants?.rolesOf(principal.issuer, principal.subject, exchange.nowMs) ?? null;
    if (told === null) exchange.grantsKnown = false;
    else granted = told;
  }
  exchange.principal = withEffectiveRoles(principal, granted, model, known);
}
