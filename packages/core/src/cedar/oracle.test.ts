import fc from 'fast-check';
import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { expect, test } from 'vitest';
import { authorize } from './authorize.ts';
import { compilePolicy } from './compile-policy.ts';
import type { EvaluationErrorKind } from './evaluation-error.ts';
import type { PolicyJson } from './policy-json.ts';
import { entitiesJson, policyJson, requestJson } from './testing/generate.ts';
import { requestFromJson } from './testing/from-json.ts';

const ACTIONS = [
  { uid: { type: 'Action', id: 'view' }, parents: [{ type: 'Action', id: 'all' }], attrs: {}, tags: {} },
  { uid: { type: 'Action', id: 'edit' }, parents: [{ type: 'Action', id: 'all' }], attrs: {}, tags: {} },
  { uid: { type: 'Action', id: 'all' }, parents: [], attrs: {}, tags: {} },
];

/** Our word for what the reference engine says in a sentence. */
function kindOf(message: string): EvaluationErrorKind | string {
  if (message.includes('extension')) return 'extension';
  if (message.includes('type error')) return 'type';
  if (message.includes('overflow')) return 'overflow';
  if (/does not have the (?:required )?tag/.test(message)) return 'tag-missing';
  if (/does not have the (?:required )?attribute|record does not have/.test(message)) return 'attribute-missing';
  if (/entity `.*` does not exist/.test(message)) return 'entity-missing';
  return message;
}

test('the_compiled_policies_decide_as_the_reference_engine', () => {
  const runs = Number(process.env['SALLYPORT_ORACLE_RUNS'] ?? 1000);
  fc.assert(
    fc.property(
      fc.array(policyJson, { minLength: 1, maxLength: 6 }),
      entitiesJson,
      fc.array(requestJson, { minLength: 1, maxLength: 3 }),
      (policies, entities, requests) => {
        const ids = policies.map((_, index) => `p${index}`);
        const compiled = policies.map((policy, index) => compilePolicy(`p${index}`, policy as PolicyJson));
        for (const request of requests) {
          const all = [...entities, ...ACTIONS];
          const answer = isAuthorized({
            ...request,
            entities: all as never,
            policies: { staticPolicies: Object.fromEntries(ids.map((id, index) => [id, policies[index]])) as never },
          });
          if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
          const { decision, diagnostics } = answer.response;
          const ours = authorize(compiled, requestFromJson(request, all), 'skip');
          const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId} ${kindOf(error.message)}`);
          expect({
            decision: ours.allowed ? 'allow' : 'deny',
            reason: [...ours.determining].sort(),
            errors: ours.errors.map(({ id, kind }) => `${id} ${kind}`).sort(),
          }).toEqual({ decision, reason: [...diagnostics.reason].sort(), errors: errors.sort() });
        }
      },
    ),
    { numRuns: runs },
  );
});
