import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';
import { addressLimits } from '../stages/limits/address-limits.ts';
import { deny } from '../verdict/denial.ts';
import { compileHead } from '../stages/head/head.ts';
import { compileOwnedAnswer } from '../stages/ownership/owned-answer.ts';
import { compileReplyHeaders } from '../stages/head/reply-headers.ts';
import { compileUnguardedResponse } from '../stages/validation/response.ts';
import { refusesParts } from '../stages/validation/parts-of-answers.ts';
import { parameterPolicies } from '../stages/authorization/policies/policies.ts';
import { compilePolicySet, type PolicySet } from '../stages/authorization/policies/policy-set.ts';
import type { PolicySources } from '../cedar/policy-language.ts';
import { checkOwnPaths } from './own-paths.ts';
import { checkPolicySteps } from '../policy/check-policy-against.ts';
import { createSchemaCompiler } from '../schema/create-schema-compiler.ts';
import { compilePathReading } from './path-reading.ts';
import { createRouter, type Route } from './router.ts';
import { modesFor, operationPolicy } from '../policy/operation-policy.ts';
import { compileAnswerHeaders } from '../stages/data/encryption/answer-headers.ts';
import { answerForm } from '../stages/data/encryption/answer-form.ts';
import { compileOpening } from '../stages/data/encryption/open-fields.ts';
import { ANSWER_ORDER, DATA_ORDER } from './data-order.ts';
import { compileSchemaChecks } from './unusable-rules.ts';
import { bind, STAGE_ORDER } from './stage-order.ts';
import type { ApiDocument, Operation } from '../openapi/model.ts';
import { finish, type Steps } from '../steps.ts';
import { prepareDataIndex } from '../stages/data/data-index.ts';
import type { CompileContext } from '../stages/stage.ts';
import { schemaOptionsOf } from './schema-options.ts';
import { settle } from './decide.ts';
import type { OperationChecks, Plan, PlannedOperation, PlannedStep } from './plan.ts';
import type { Policy, RuleName } from '../policy/policy.ts';

const PARAMETER_POLICIES = bind(parameterPolicies);
const ADDRESS_LIMITS = bind(addressLimits);

/**
 * Compiles document and policy into the plan. Throws `ConfigurationError` with every problem of both; schemas are compiled
 * on first use or by `warmUp`.
 */
export function compilePlan(
  document: ApiDocument,
  policy: Policy,
  more: { readonly policies?: PolicySources } = {},
): Plan {
  return finish(compilePlanSteps(document, policy, more));
}

/** The same in pieces. The longest are to check policies in Cedar, and to build the router. */
export function* compilePlanSteps(
  document: ApiDocument,
  policy: Policy,
  more: { readonly policies?: PolicySources } = {},
): Steps<Plan> {
  const problems: ConfigurationProblem[] = yield* checkPolicySteps(document, policy);
  const schemas = createSchemaCompiler(document, schemaOptionsOf(policy));
  const policySet = compilePolicies(document, policy, more.policies ?? null, problems);
  const context: CompileContext = { document, policy, schemas, problems, policySet };
  yield;
  if (policy.modes.data !== 'off') yield* prepareDataIndex(context);
  const operations: PlannedOperation[] = [];
  for (const operation of document.operations) {
    operations.push(planOperation(operation, context));
    yield;
  }
  const ambiguous = (document.ambiguousOperations ?? []).map((operation) => refuseAmbiguous(operation, policy));
  const unmatched = ADDRESS_LIMITS.bind(UNMATCHED, context, policy.modes.limits);
  const head = compileHead(policy, document);
  if (problems.length > 0) throw new ConfigurationError(unique(problems));
  yield;
  const router = createRouter([...operations, ...ambiguous].flatMap((planned) => routesOf(planned, document)));
  yield;
  const taken = checkOwnPaths(router, policy);
  if (taken.length > 0) throw new ConfigurationError(taken);
  return Object.freeze({
    document,
    policy,
    schemas,
    operations,
    head,
    unguardedResponse: compileUnguardedResponse(policy.responses),
    replyHeaders: compileReplyHeaders(policy, document.operations),
    warnings: policySet?.warnings ?? [],
    policySet,
    router,
    unmatched: unmatched === null ? [] : [unmatched],
  });
}

/** What the policy names must have been read by whoever asks for a plan: a policy that is not there would forbid nothing. */
function compilePolicies(
  document: ApiDocument,
  policy: Policy,
  sources: PolicySources | null,
  problems: ConfigurationProblem[],
): PolicySet | null {
  const settings = policy.policies ?? null;
  if (settings === null) return null;
  if (sources === null) throw new TypeError('the policy names policies, and they were not given');
  return compilePolicySet(document, policy, settings, sources, problems);
}

/** Stands for requests that match nothing: only limits without named operations hold for it. */
const UNMATCHED: Operation = {
  file: '',
  pointer: '',
  id: '',
  method: '',
  path: '',
  basePaths: [''],
  tags: [],
  summary: null,
  deprecated: false,
  parameters: [],
  requestBody: null,
  responses: [],
  security: null,
  extensions: {},
};

function routesOf(planned: PlannedOperation, document: ApiDocument): Route<PlannedOperation>[] {
  const { operation } = planned;
  const read = compilePathReading(operation, document);
  return operation.basePaths.map((basePath) => ({
    method: operation.method,
    template: basePath + operation.path,
    value: planned,
    read,
  }));
}

function planOperation(operation: Operation, context: CompileContext): PlannedOperation {
  const modes = modesFor(context.policy, operation);
  const steps: PlannedStep[] = [];
  for (const stage of STAGE_ORDER) {
    const step = stage.bind(operation, context, modes[stage.rule]);
    if (step !== null) steps.push(step);
  }
  const data = DATA_ORDER.map((stage) => stage.bind(operation, context, modes[stage.rule])).filter((s) => s !== null);
  const answers = ANSWER_ORDER.map((stage) => stage.bind(operation, context, modes[stage.rule])).filter(
    (s) => s !== null,
  );
  const answer = answers.filter((step) => !step.looksOnly);
  const looks = answers.filter((step) => step.looksOnly);
  const opening = compileOpening(operation, context);
  const headers = compileAnswerHeaders(operation, context, modes.data);
  const form = answerForm(operation, context, modes.data);
  const policies = PARAMETER_POLICIES.bind(operation, context, modes.policies);
  const owned = compileOwnedAnswer(operation, context, modes.ownership);
  const compileChecks = (): OperationChecks => {
    const { guard, ...compiled } = compileSchemaChecks(operation, context, modes);
    return {
      ...compiled,
      parameterPolicies: policies,
      data: guard === null ? data : [guard, ...data],
      owned,
      opening,
      headers: headers === null ? null : (sent, exchange) => settle(headers(sent, exchange), modes.data, exchange),
      form,
      answer,
      looks,
    };
  };
  let checks: OperationChecks | null = null;
  return Object.freeze({
    operation,
    modes,
    steps,
    off: (Object.keys(modes) as RuleName[]).filter((rule) => modes[rule] === 'off'),
    timeoutMs: operationPolicy(context.policy, operation).timeoutMs,
    wholeAnswers: refusesParts(operation, context.policy, modes.responses),
    checks: () => (checks ??= compileChecks()),
  });
}

/**
 * Two operations of one method whose paths differ in nothing but names, `/a/{x}` and `/a/{y}`: nobody can tell which of them a request
 * means, so neither is guarded by the other's rules. They are refused, and never fall through to a less particular path.
 */
function refuseAmbiguous(operation: Operation, policy: Policy): PlannedOperation {
  const step: PlannedStep = {
    rule: 'match',
    mode: 'enforce',
    gather: null,
    decide: () => deny('OPERATION_AMBIGUOUS', 'match', { rule: operation.id }),
    describe: () => ['refused: another operation has the same path but for the names in it'],
  };
  const nothing: OperationChecks = {
    parameters: null,
    body: null,
    response: null,
    data: [],
    owned: null,
    answer: [],
    looks: [],
  };
  return Object.freeze({
    operation,
    modes: policy.modes,
    steps: [step],
    off: [],
    timeoutMs: null,
    wholeAnswers: false,
    checks: () => nothing,
  });
}

/** The same problem of one scheme comes up for each operation that uses it; a person reads it once. */
function unique(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  const seen = new Map<string, ConfigurationProblem>();
  for (const problem of problems)
    seen.set(`${problem.file}\n${problem.path}\n${problem.code}\n${problem.message}`, problem);
  return [...seen.values()];
}
