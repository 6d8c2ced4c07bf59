import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { checkPolicies } from './check-policies.ts';
import { compilePolicy } from './compile-policy.ts';
import type { LoadedPolicy } from './load-policies.ts';
import type { PolicyJson } from './policy-json.ts';

function load(...texts: readonly string[]): LoadedPolicy[] {
  return texts.map((text, index) => {
    const answer = policyToJson(text);
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
    const compiled = compilePolicy(`p${index}`, answer.json as unknown as PolicyJson);
    return { ...compiled, file: '/policies/a.cedar', line: index + 1, column: 1 };
  });
}

const told = (...texts: readonly string[]): string[] =>
  checkPolicies(load(...texts), []).map(({ code, line, message }) => `${line} ${code} ${message}`);
const when = (condition: string, effect = 'permit'): string =>
  `${effect}(principal, action, resource) when { ${condition} };`;

describe('checkPolicies finds that a policy can never hold', () => {
  it.each([
    'context.hour > 18 && context.hour < 6',
    'context.hour >= 5 && !(context.hour >= 5)',
    '7 == context.weekday && context.weekday <= 5',
    'context.hour > 4 && context.hour < 5',
    '!(context.hour >= 6) && context.hour > 18',
    'context.host == "a" && context.host == "b"',
    'context.secure && principal.kind == "key" && !context.secure',
    '!(context.secure || principal.kind == "key") && context.secure',
  ])('%s', (condition) => {
    const [warning = ''] = told(when(condition));
    expect(warning).toMatch(/^1 CEDAR_NEVER_HOLDS /);
  });

  it.each([
    'context.hour > 18 || context.hour < 6',
    'context.hour >= 6 && context.hour <= 6',
    'context.host != "a" && context.host != "b"',
    'context.a == 1 && context.b == 2',
  ])('and says nothing of %s', (condition) => expect(told(when(condition))).toEqual([]));

  it('over when and unless together', () => {
    expect(told('permit(principal, action, resource) when { context.secure } unless { context.secure };')).toHaveLength(
      1,
    );
  });
});

describe('checkPolicies finds that a policy changes nothing', () => {
  it('because it is written twice, in whatever order', () => {
    expect(told(when('context.secure && context.a'), when('context.a && context.secure'))).toEqual([
      '2 CEDAR_SHADOWED the policy "p1" says the same as "p0" (a.cedar:1)',
    ]);
  });

  it('because a forbid covers all that it permits, wherever the forbid stands', () => {
    const permit =
      'permit(principal in Role::"a", action == Action::"x", resource) when { context.secure && context.a };';
    const forbid = 'forbid(principal, action in [Action::"x", Action::"y"], resource) when { context.a };';
    expect(told(permit, forbid)).toEqual([
      '1 CEDAR_SHADOWED the policy "p0" permits nothing: "p1" (a.cedar:2) forbids all of it',
    ]);
    expect(told(forbid, permit)).toEqual([
      '2 CEDAR_SHADOWED the policy "p1" permits nothing: "p0" (a.cedar:1) forbids all of it',
    ]);
  });

  it('because a wider one of the same effect says it already', () => {
    expect(
      told(
        'permit(principal is Principal in Role::"a", action, resource);',
        'permit(principal is Principal, action, resource);',
      ),
    ).toEqual(['1 CEDAR_SHADOWED the policy "p0" adds nothing to "p1" (a.cedar:2), which is wider']);
  });

  it.each([
    ['a permit beside a forbid', when('context.a'), when('context.a && context.b', 'forbid')],
    ['a forbid beside a permit', when('context.a', 'forbid'), when('context.a')].slice(0, 2).concat(when('context.b')),
    [
      'another role',
      'permit(principal in Role::"a", action, resource);',
      'permit(principal in Role::"b", action, resource);',
    ],
    [
      'a group beside an action',
      'permit(principal, action == Action::"x", resource);',
      'permit(principal, action in Action::"tag:x", resource);',
    ],
    [
      'an entity beside those in it',
      'permit(principal == Role::"a", action, resource);',
      'permit(principal in Role::"a", action, resource) when { context.a };',
    ],
  ])('and says nothing of %s', (_, ...texts) => expect(told(...texts)).toEqual([]));
});

it('checkPolicies gets through ten thousand policies of one kind', () => {
  const [policy] = load(when('context.secure'));
  if (policy === undefined) throw new Error('no policy');
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...policy,
    id: `p${index}`,
    line: index,
    json: { ...policy.json, principal: { op: 'in' as const, entity: { type: 'Role', id: `r${index}` } } },
  }));
  expect(checkPolicies(many, [])).toEqual([]);
});
