import { oncePer } from '../../once-per.ts';
import { ANONYMOUS } from '../../principal.ts';
import { deny } from '../../verdict/denial.ts';
import { isPublic } from '../../policy/permitted-operations.ts';
import { mayCall, roleModelOf, type RoleRule } from './role-model.ts';
import { modesFor } from '../../policy/operation-policy.ts';
import type { CompileContext, Stage } from '../stage.ts';
import type { Operation } from '../../openapi/model.ts';
import type { RoleSet } from './role-set.ts';

/** Roles that a line or a fact names; of more, how many there are. */
const MAX_NAMED = 20;
/** Seconds until a client may ask again when the store could not be asked. */
const RETRY_AFTER_SECONDS = '5';

/**
 * Asks for a role that may call the operation. Where any role is declared, an operation that asks for a credential is for those roles only
 * that have a permission for it; where none has, for nobody. What the document lets anyone call stays public, and the document's scopes
 * are asked for as well (`authorization`).
 */
export const roles: Stage<RoleRule> = {
  name: 'roles',
  compile(operation, context) {
    const model = roleModelOf(context.document, context.policy);
    if (model === null || isPublic(operation)) return null;
    if (modesFor(context.policy, operation).authentication === 'off') reportUnproved(operation, context);
    return model.ruleOf(operation);
  },
  decide(rule, exchange) {
    const principal = exchange.principal ?? ANONYMOUS;
    if (mayCall(rule, principal.roles)) return null;
    // Without the store nobody knows that a role was not granted.
    if (!exchange.grantsKnown)
      return deny('AUTHZ_GRANTS_UNAVAILABLE', 'authorization', {
        rule: 'roles',
        headers: ['Retry-After', RETRY_AFTER_SECONDS],
      });
    const held = principal.roles.filter((role) => rule.model.numberOf(role) !== undefined);
    return deny('AUTHZ_ROLE_MISSING', 'authorization', {
      rule: 'roles',
      facts: { wanted: wantedOnce(rule), held: named(held) },
    });
  },
  describe(rule) {
    const { model, may, together } = rule;
    const only = together.length === 0 ? model.names.filter((_, number) => may.has(number)) : [];
    if (may.empty && together.length === 0) return ['no role may call it: everybody is refused'];
    return [only.length === 1 ? `the role ${only[0]}` : `any of the roles ${wantedRoles(rule)}`];
  },
};

/** Put together once: with ten thousand roles it takes longer than all the rest of a denial, and whoever is refused may ask again and again. */
const wantedOnce = oncePer(wantedRoles);

/** The roles that may call an operation; those of which several are needed in brackets. Empty where none may. */
function wantedRoles({ model, may, together }: RoleRule): string {
  const ways = may.empty ? [] : [namesIn(may, model.names)];
  for (const sets of together) ways.push(sets.map((set) => `(${namesIn(set, model.names)})`).join(' with '));
  return ways.join(', or ');
}

function namesIn(set: RoleSet, names: readonly string[]): string {
  return named(names.filter((_, number) => set.has(number)));
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length <= MAX_NAMED ? shown : `${shown} and ${names.length - MAX_NAMED} more`;
}

/** A role that nobody can prove would refuse every request; whoever switched authentication off did not mean that. */
function reportUnproved(operation: Operation, context: CompileContext): void {
  context.problems.push({
    ...context.document.locate(operation),
    code: 'AUTHZ_WITHOUT_AUTHENTICATION',
    path: operation.pointer,
    message: `operation ${operation.id} is for roles, and authentication, which would prove them, is off for it`,
    hint: 'Switch the rule roles off for it too, or authentication on.',
  });
}
