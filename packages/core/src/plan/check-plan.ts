import { describeOwnedAnswer } from '../stages/ownership/owned-answer.ts';
import { sharedSubjects } from '../stages/ownership/shared-subjects.ts';
import { unownedOperations } from '../stages/ownership/unowned-operations.ts';
import { writableOwners } from '../stages/ownership/writable-owners.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Mode, RuleName } from '../policy/policy.ts';
import { meansOperation } from '../policy/operation-policy.ts';
import { isPublic } from '../policy/permitted-operations.ts';
import { declaredGraph } from './declared-graph.ts';
import { listFetches, type Fetch } from './list-fetches.ts';
import { ownPathsOf, type NamedOwnPath } from './own-paths.ts';
import { UnusableSchemas } from './unusable-schemas.ts';
import { withoutToldAgain } from './told-once.ts';
import { unknownExemptRoles } from './unknown-exempt-roles.ts';
import { unknownDataRoles } from './unknown-data-roles.ts';
import { unknownOwnerPlaces } from './unknown-owner-places.ts';
import { unknownFields } from './unknown-fields.ts';
import { repeatedBasePath } from './repeated-base-path.ts';
import { unreachablePaths } from './unreachable-paths.ts';
import type { MarkGraph } from '../stages/data/mark-graph.ts';
import type { Plan, PlannedOperation } from './plan.ts';

/** What one rule checks on one operation. */
export interface RuleReport {
  readonly rule: RuleName;
  readonly mode: Mode;
  /** In words, one or more lines. */
  readonly lines: readonly string[];
}

/** One operation, and what is checked on it in the order of a request. */
export interface OperationReport {
  readonly id: string;
  readonly method: string;
  /** With the first of its base paths. */
  readonly path: string;
  readonly checks: readonly RuleReport[];
}

/** The plan in words, and what is wrong with it. */
export interface PlanReport {
  readonly operations: readonly OperationReport[];
  /** What Sallyport answers itself; absent where there is nothing, or only some operations were asked about. */
  readonly ownPaths?: readonly NamedOwnPath[];
  /** What Sallyport asks others for by itself; absent where there is nothing, or only some operations were asked about. */
  readonly fetches?: readonly Fetch[];
  /** Operations that anyone may call. */
  readonly unguarded: number;
  /** Of the document, then of the policy; none of what is among the problems. */
  readonly warnings: readonly ConfigurationProblem[];
  /** Schemas that cannot be compiled: until they can, their operation is refused, or passes unchecked where the rule is only observed. */
  readonly problems: readonly ConfigurationProblem[];
}

/** What is allowed in document and policy and yet worth a word. */
export function planWarnings({
  document,
  policy,
  warnings,
}: Pick<Plan, 'document' | 'policy'> & Partial<Plan>): readonly ConfigurationProblem[] {
  let made: MarkGraph | null = null;
  const graph = (): MarkGraph => (made ??= declaredGraph(document));
  return [
    ...document.warnings,
    ...unreachablePaths(document),
    ...(policy.warnings ?? []),
    ...repeatedBasePath(document, policy),
    ...(warnings ?? []),
    ...unknownFields(document, policy, graph),
    ...unknownOwnerPlaces(document, policy, graph),
    ...unknownExemptRoles(document, policy),
    ...unknownDataRoles(document, policy, graph),
    ...unownedOperations(document, policy),
    ...writableOwners(document, policy),
    ...sharedSubjects(document, policy),
  ];
}

/** How many of the operations anyone may call. */
export function countUnguarded(operations: readonly PlannedOperation[]): number {
  return operations.filter(
    ({ operation, steps }) =>
      !steps.some((step) => step.rule === 'authentication' && step.mode === 'enforce') || isPublic(operation),
  ).length;
}

/**
 * Compiles every operation and reports who may call it, what limits it, what is checked, and what is not. `only` names operations as the
 * policy does: by operationId, `METHOD /path` or `tag:NAME`; a name that means none adds nothing.
 */
export function checkPlan(plan: Plan, only: readonly string[] | null = null): PlanReport {
  const unusable = new UnusableSchemas(plan.document);
  const planned =
    only === null
      ? plan.operations
      : plan.operations.filter(({ operation }) => only.some((key) => meansOperation(key, operation)));
  const operations = planned.map((operation) => reportOperation(operation, unusable));
  const ownPaths = only === null ? ownPathsOf(plan.policy) : [];
  const fetches = only === null ? listFetches(plan.document, plan.policy) : [];
  const problems = unusable.list().map(({ problem }) => problem);
  return {
    operations,
    ...(ownPaths.length === 0 ? {} : { ownPaths }),
    ...(fetches.length === 0 ? {} : { fetches }),
    unguarded: countUnguarded(planned),
    warnings: withoutToldAgain(planWarnings(plan), problems),
    problems,
  };
}

function reportOperation(planned: PlannedOperation, found: UnusableSchemas): OperationReport {
  const { operation } = planned;
  const checks: RuleReport[] = planned.steps.map((step) => ({
    rule: step.rule,
    mode: step.mode,
    lines: step.describe(),
  }));
  const { parameters, parameterPolicies, body, response, data, owned, opening, answer, looks, unusable } =
    planned.checks();
  for (const one of unusable ?? []) found.add(operation, one);
  if (parameters !== null) checks.push({ rule: 'parameters', mode: parameters.mode, lines: parameters.describe() });
  if (parameterPolicies)
    checks.push({ rule: 'policies', mode: parameterPolicies.mode, lines: parameterPolicies.describe() });
  if (body !== null) checks.push({ rule: 'body', mode: body.mode, lines: body.rule.describe() });
  for (const step of data) checks.push({ rule: step.rule, mode: step.mode, lines: step.describe() });
  if (owned !== null) checks.push({ rule: 'ownership', mode: owned.mode, lines: describeOwnedAnswer(owned) });
  if (opening) checks.push({ rule: 'data', mode: 'enforce', lines: opening.describe() });
  if (response !== null) checks.push({ rule: 'responses', mode: response.mode, lines: response.rule.describe() });
  for (const step of [...answer, ...looks]) checks.push({ rule: step.rule, mode: step.mode, lines: step.describe() });
  for (const rule of planned.off) if (rule !== 'match') checks.push({ rule, mode: 'off', lines: ['not checked'] });
  return {
    id: operation.id,
    method: operation.method,
    path: (operation.basePaths[0] ?? '') + operation.path,
    checks: checks.filter(({ lines }) => lines.length > 0),
  };
}
