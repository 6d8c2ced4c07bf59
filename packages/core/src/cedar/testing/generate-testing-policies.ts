import fc from 'fast-check';
import { anyAction, expressions, type Json, LONGS, op, scope, TEXTS, uid } from './generate.ts';

/** What policies are found by: few things that are tested, against few constants, so that many policies test the same. */
const constantTest: fc.Arbitrary<Json> = (() => {
  const variable = fc.constantFrom('principal', 'resource', 'context').map((name) => op('Var', name));
  const member = (...names: string[]) =>
    fc.record({ left: variable, attr: fc.constantFrom(...names) }).map((operands) => op('.', operands));
  const text = fc.constantFrom(...TEXTS).map((one) => op('Value', one));
  const entity = uid.map((one) => op('Value', { __entity: one }));
  const constant = fc.oneof(
    { weight: 4, arbitrary: text },
    fc.constantFrom(...LONGS).map((one) => op('Value', one)),
    fc.boolean().map((one) => op('Value', one)),
    entity,
  );
  const subject = fc.oneof(
    { weight: 5, arbitrary: member('s') },
    member('n', 'ent', 'set', 'x y'),
    fc.constantFrom('principal', 'action', 'resource').map((name) => op('Var', name)),
  );
  const equals = fc
    .tuple(subject, constant, fc.boolean())
    .map(([one, other, turned]) => op('==', turned ? { left: other, right: one } : { left: one, right: other }));
  const either = fc
    .tuple(subject, fc.array(constant, { minLength: 2, maxLength: 4 }))
    .map(([one, others]) =>
      others.map((other) => op('==', { left: one, right: other })).reduce((left, right) => op('||', { left, right })),
    );
  const contains = fc.record({ left: member('set', 's'), right: constant }).map((operands) => op('contains', operands));
  const among = fc
    .record({ left: fc.array(constant, { maxLength: 3 }).map((items) => op('Set', items)), right: subject })
    .map((operands) => op('contains', operands));
  const within = fc
    .record({
      left: fc.oneof({ weight: 4, arbitrary: fc.constant(op('Var', 'principal')) }, member('ent')),
      right: fc.oneof(
        entity,
        fc.array(entity, { maxLength: 3 }).map((items) => op('Set', items)),
      ),
    })
    .map((operands) => op('in', operands));
  return fc.oneof({ weight: 3, arbitrary: equals }, either, contains, among, within);
})();

/** What may stand before it: mostly whether the thing that is tested is there. */
const beforeTest: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('principal', 'context'), fc.constantFrom(['s'], ['n'], ['rec', 's']))
      .map(([name, attr]) => op('has', { left: op('Var', name), attr })),
  },
  fc.constantFrom('b', 's').map((attr) => op('.', { left: op('Var', 'context'), attr })),
  expressions.bool,
);

/** A policy, mostly about everybody, that tests something against constants before anything else, or soon. */
export const testingPolicyJson: fc.Arbitrary<Json> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: fc.constant<Json>({ op: 'All' }) }, scope(uid)),
    anyAction,
    fc.oneof({ weight: 4, arbitrary: fc.constant<Json>({ op: 'All' }) }, scope(uid)),
    fc.array(beforeTest, { maxLength: 2 }),
    constantTest,
    fc.array(expressions.bool, { maxLength: 1 }),
    fc.constantFrom('permit', 'forbid'),
    fc.constantFrom('one', 'left', 'right', 'unless'),
  )
  .map(([principal, asked, resource, before, test, after, effect, form]) => {
    const all = [...before, test, ...after];
    const when = (body: Json): Json => ({ kind: 'when', body });
    const chained = (list: readonly Json[]): Json[] =>
      form === 'right'
        ? [when(list.reduceRight((right, left) => op('&&', { left, right })))]
        : form === 'left'
          ? [when(list.reduce((left, right) => op('&&', { left, right })))]
          : list.map(when);
    const conditions =
      form === 'unless' && before.length > 0
        ? [...before.map((body) => ({ kind: 'unless', body })), ...[test, ...after].map(when)]
        : chained(all);
    return { effect, principal, action: asked, resource, conditions };
  });
