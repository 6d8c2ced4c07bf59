import fc from 'fast-check';
import {
  type AuthorizationCall,
  type PolicySet,
  preparsePolicySet,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import { expect, test } from 'vitest';
import { authorize } from './authorize.ts';
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts';
import { PolicyIndex } from './policy-index.ts';
import type { PolicyJson } from './policy-json.ts';
import type { PolicyRequest } from './policy-request.ts';
import { entitiesJson, policyJson, requestJson } from './testing/generate.ts';
import { testingPolicyJson } from './testing/generate-testing-policies.ts';
import { requestFromJson } from './testing/from-json.ts';

const all = { type: 'Action', id: 'all' };
const ACTIONS = [
  { uid: { type: 'Action', id: 'view' }, parents: [all], attrs: {}, tags: {} },
  { uid: { type: 'Action', id: 'edit' }, parents: [all], attrs: {}, tags: {} },
  { uid: all, parents: [], attrs: {}, tags: {} },
];

/** Our word for what the reference engine says in a sentence. */
function kindOf(message: string): string {
  if (message.includes('extension')) return 'extension';
  if (message.includes('type error')) return 'type';
  if (message.includes('overflow')) return 'overflow';
  if (/does not have the tag/.test(message)) return 'tag-missing';
  if (/does not have the attribute|record does not have/.test(message)) return 'attribute-missing';
  if (/entity `.*` does not exist/.test(message)) return 'entity-missing';
  return message;
}

/** Two thousand requests to four hundred sets of policies; more where `SALLYPORT_ORACLE_RUNS` says so. */
const RUNS = Number(process.env['SALLYPORT_ORACLE_RUNS'] ?? 400);

/** What the reference engine says of requests, and what we say who asked `ask` for the policies that may matter. */
function compare(
  policies: readonly unknown[],
  authored: Parameters<typeof requestFromJson>[1],
  requests: readonly Parameters<typeof requestFromJson>[0][],
  ask: (compiled: readonly CompiledPolicy[], request: PolicyRequest) => readonly CompiledPolicy[],
): void {
  const entities = [...authored, ...ACTIONS];
  const compiled = policies.map((policy, index) => compilePolicy(`p${index}`, policy as PolicyJson));
  const staticPolicies = Object.fromEntries(policies.map((policy, index) => [`p${index}`, policy]));
  expect(preparsePolicySet('oracle', { staticPolicies } as PolicySet).type).toBe('success');
  for (const request of requests) {
    const answer = statefulIsAuthorized({
      ...(request as unknown as AuthorizationCall),
      entities: entities as AuthorizationCall['entities'],
      preparsedPolicySetId: 'oracle',
    });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
    const { decision, diagnostics } = answer.response;
    const asked = requestFromJson(request, entities);
    const ours = authorize(ask(compiled, asked), asked, 'skip');
    expect({
      decision: ours.allowed ? 'allow' : 'deny',
      reason: [...ours.determining].sort(),
      errors: ours.errors.map(({ id, kind }) => `${id} ${kind}`).sort(),
    }).toEqual({
      decision,
      reason: [...diagnostics.reason].sort(),
      errors: diagnostics.errors.map(({ policyId, error }) => `${policyId} ${kindOf(error.message)}`).sort(),
    });
  }
}

const fiveRequests = fc.array(requestJson, { minLength: 5, maxLength: 5 });

test('the_compiled_policies_decide_as_the_reference_engine: the same verdict, the same determining policies, the same errors', () => {
  fc.assert(
    fc.property(
      fc.array(policyJson, { minLength: 1, maxLength: 6 }),
      entitiesJson,
      fiveRequests,
      (policies, authored, requests) => compare(policies, authored, requests, (all) => all),
    ),
    { numRuns: RUNS },
  );
}, 600_000);

test('the_policies_that_an_index_finds_decide_as_the_reference_engine_over_all_of_them', () => {
  let asked = 0;
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(testingPolicyJson, { minLength: 1, maxLength: 30 }),
      entitiesJson,
      fiveRequests,
      fc.constantFrom(1, 4),
      (policies, authored, requests, smallest) =>
        compare(policies, authored, requests, (all, request) => {
          const visited: CompiledPolicy[] = [];
          new PolicyIndex(all, smallest).some(request, (policy) => {
            visited.push(policy);
            return false;
          });
          asked += all.length;
          found += visited.length;
          return visited;
        }),
    ),
    { numRuns: RUNS },
  );
  // An index that finds them all would never be wrong either.
  expect(found / asked).toBeLessThan(0.7);
}, 600_000);
