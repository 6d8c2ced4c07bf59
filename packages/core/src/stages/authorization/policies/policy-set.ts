import type { ConfigurationProblem } from '../../../configuration-error.ts';
import { ambiguousActions, createApiModel, type OperationModel } from '../../../cedar/api-model.ts';
import { checkPolicies } from '../../../cedar/check-policies.ts';
import type { CedarCode } from '../../../cedar/cedar-codes.ts';
import { type LoadedPolicy, loadPolicies } from '../../../cedar/load-policies.ts';
import { canConcern, createPolicyChooser, type OperationPolicies } from '../../../cedar/operation-policies.ts';
import { namedEntities } from '../../../cedar/named-entities.ts';
import type { PolicySources } from '../../../cedar/policy-language.ts';
import { PolicyRequests } from '../../../cedar/policy-request.ts';
import type { ApiDocument } from '../../../openapi/model.ts';
import type { AttributePolicies, Policy } from '../../../policy/policy.ts';
import { suggestName } from '../../../policy/suggest-name.ts';
import { modesFor } from '../../../policy/operation-policy.ts';
import { compileTrustedProxies } from '../../head/client-address.ts';
import type { CountryHeader } from './exchange-facts.ts';

/** What the policies say of one operation. */
export interface GovernedOperation {
  readonly model: OperationModel;
  readonly policies: OperationPolicies;
  /** Whether a request is refused that no policy permits. */
  readonly needsPermit: boolean;
}

/** The policies of an API, compiled for each of its operations. */
export interface PolicySet {
  readonly policies: readonly LoadedPolicy[];
  readonly requests: PolicyRequests;
  readonly country: CountryHeader | null;
  /** By operationId. */
  readonly operations: ReadonlyMap<string, GovernedOperation>;
  readonly warnings: readonly ConfigurationProblem[];
}

/** Compiles the policies that the policy file names; null with problems where one of them is broken. */
export function compilePolicySet(
  document: ApiDocument,
  policy: Policy,
  settings: AttributePolicies,
  sources: PolicySources,
  problems: ConfigurationProblem[],
): PolicySet | null {
  const model = createApiModel(document, { claims: settings.claims, country: settings.countryHeader !== null });
  const ambiguous = ambiguousActions(model).map((operation): ConfigurationProblem => {
    const code: CedarCode = 'CEDAR_ACTION_AMBIGUOUS';
    return {
      code,
      ...document.locate(operation),
      path: operation.pointer,
      message: `the operationId ${operation.id} is the name of a group of actions too, so that policies cannot tell which they mean`,
      hint: 'Give the operation another operationId.',
    };
  });
  if (ambiguous.length > 0) {
    problems.push(...ambiguous);
    return null;
  }
  const loaded = loadPolicies(sources, model);
  problems.push(...loaded.problems);
  if (loaded.problems.length > 0) return null;
  const policiesOf = createPolicyChooser(loaded.policies);
  const operations = new Map(
    model.operations.map((one): [string, GovernedOperation] => {
      const policies = policiesOf(one);
      // Not by the policies there are: then a permit for one could shut out the others.
      const needsPermit = settings.needPermit === 'all' || !one.open;
      return [one.operation.id, { model: one, policies, needsPermit }];
    }),
  );
  const closed = [...operations.values()]
    .filter((one) => one.needsPermit && one.policies.permits === 0)
    .filter((one) => modesFor(policy, one.model.operation).policies !== 'off')
    .map((one) => closedWarning(document, one.model));
  return {
    policies: loaded.policies,
    requests: new PolicyRequests(model),
    country:
      settings.countryHeader === null
        ? null
        : { name: settings.countryHeader.toLowerCase(), proxies: compileTrustedProxies(policy.trustedProxies) },
    operations,
    warnings: [
      ...loaded.warnings,
      ...checkPolicies(loaded.policies, loaded.warnings),
      ...needless(loaded.policies, [...operations.values()]),
      ...unknownRoles(loaded.policies, policy),
      ...closed,
    ],
  };
}

/** Permits for what the document lets anyone do. Whoever wrote one may have meant to keep the others out. */
function needless(policies: readonly LoadedPolicy[], operations: readonly GovernedOperation[]): ConfigurationProblem[] {
  const guarded = operations.filter(({ needsPermit }) => needsPermit);
  const open = operations.filter(({ needsPermit }) => !needsPermit);
  return policies.flatMap(({ id, effect, json, file, line, column }): ConfigurationProblem[] => {
    if (effect !== 'permit' || guarded.some(({ model }) => canConcern(json, model))) return [];
    const concerned = open.filter(({ model }) => canConcern(json, model));
    if (concerned.length === 0) return [];
    const code: CedarCode = 'CEDAR_PERMIT_NEEDLESS';
    const message = `the policy ${JSON.stringify(id)} keeps nobody out: the document lets anyone call ${concerned.map(({ model }) => model.operation.id).join(', ')}`;
    const hint = 'Write needPermit: all under authorization.policies, a forbid, or security in the document.';
    return [{ code, file, line, column, path: id, message, hint }];
  });
}

/** Roles that the policy file does not declare, where it declares any: one that is misspelt is had by nobody, and a forbid over it keeps nobody out. */
function unknownRoles(policies: readonly LoadedPolicy[], { roles }: Policy): ConfigurationProblem[] {
  const declared = roles?.roles ?? null;
  if (declared === null) return [];
  return policies.flatMap(({ id, json, file, line, column }) => {
    const named = namedEntities(json).flatMap((uid) => (uid.type === 'Role' && !declared.has(uid.id) ? [uid.id] : []));
    return [...new Set(named)].map((role): ConfigurationProblem => {
      const code: CedarCode = 'CEDAR_ROLE_UNKNOWN';
      const near = suggestName(role, declared.keys());
      const message = `the policy ${JSON.stringify(id)} names the role ${JSON.stringify(role)}, which authorization.roles does not declare`;
      const hint = near === null ? 'Declare it, or correct the name.' : `Did you mean ${near}?`;
      return { code, file, line, column, path: id, message, hint };
    });
  });
}

function closedWarning(document: ApiDocument, { operation }: OperationModel): ConfigurationProblem {
  const code: CedarCode = 'CEDAR_OPERATION_CLOSED';
  return {
    code,
    ...document.locate(operation),
    path: operation.pointer,
    message: `no policy can permit ${operation.id}: every request is refused`,
    hint: `Write one, such as permit(principal in Role::"…", action == Action::${JSON.stringify(operation.id)}, resource);`,
  };
}
