import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize } from './authorize.ts';
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts';
import type { PolicyJson } from './policy-json.ts';
import { requestFromJson } from './testing/from-json.ts';
import { entitiesJson, policyJson, requestJson } from './testing/generate.ts';

const request = fc.tuple(requestJson, entitiesJson).map(([one, entities]) => requestFromJson(one, entities));
const policies = fc.array(policyJson, { maxLength: 6 }).map((list) => compileAll(list));
const one = (effect: 'permit' | 'forbid') =>
  policyJson.map((json) => compilePolicy('added', { ...(json as PolicyJson), effect }));

function compileAll(list: readonly unknown[]): CompiledPolicy[] {
  return list.map((json, index) => compilePolicy(`p${index}`, json as PolicyJson));
}

const RUNS = { numRuns: 300 };

describe('policies', () => {
  it('default_deny: nothing is allowed that no permit holds for', () => {
    fc.assert(
      fc.property(policies, request, (list, asked) => {
        expect(authorize([], asked).allowed).toBe(false);
        const { allowed } = authorize(list, asked);
        if (allowed)
          expect(list.some(({ effect, evaluate }) => effect === 'permit' && evaluate(asked) === true)).toBe(true);
      }),
      RUNS,
    );
  });

  it('forbid_trumps_permit: what a forbid holds for is never allowed, nor what it cannot be evaluated for', () => {
    fc.assert(
      fc.property(policies, request, (list, asked) => {
        const against = list.filter(({ effect, evaluate }) => effect === 'forbid' && evaluate(asked) !== false);
        const { allowed, determining } = authorize(list, asked);
        if (against.length > 0) expect(allowed).toBe(false);
        if (against.length > 0) expect([...determining].sort()).toEqual(against.map(({ id }) => id).sort());
      }),
      RUNS,
    );
  });

  it('adding_a_deny_never_allows', () => {
    fc.assert(
      fc.property(policies, one('forbid'), request, (list, added, asked) => {
        if (!authorize(list, asked).allowed) expect(authorize([...list, added], asked).allowed).toBe(false);
      }),
      RUNS,
    );
  });

  it('adding_an_allow_never_denies_others: a permit that cannot be evaluated neither', () => {
    fc.assert(
      fc.property(policies, one('permit'), request, (list, added, asked) => {
        if (authorize(list, asked).allowed) expect(authorize([...list, added], asked).allowed).toBe(true);
      }),
      RUNS,
    );
  });

  it('the_order_of_policies_never_matters', () => {
    fc.assert(
      fc.property(policies, request, (list, asked) => {
        expect(authorize(list.toReversed(), asked).allowed).toBe(authorize(list, asked).allowed);
      }),
      RUNS,
    );
  });
});
