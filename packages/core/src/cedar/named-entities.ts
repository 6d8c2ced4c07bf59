import { entityOf, type EntityJson, type ExpressionJson, nodeOf, type PolicyJson } from './policy-json.ts';
import { partsOf } from './policy-reads.ts';
import { EntityUid } from './value.ts';

/** The entities that a policy names, in its scope and in its conditions. */
export function namedEntities({ principal, action, resource, conditions }: PolicyJson): readonly EntityUid[] {
  const found = [principal, action, resource].flatMap((scope) => [
    ...entitiesOf(scope),
    ...(scope.op === 'is' && scope.in !== undefined ? entitiesOf(scope.in) : []),
  ]);
  const walk = (expression: ExpressionJson): void => {
    const [operator, operand] = nodeOf(expression);
    if (operator === 'Value') {
      if (typeof operand !== 'object' || operand === null || !('__entity' in operand)) return;
      const { type, id } = entityOf(operand as EntityJson);
      found.push(new EntityUid(type, id));
    } else for (const part of partsOf(operand)) walk(part);
  };
  for (const { body } of conditions) walk(body);
  return found;
}

/** The entities that a scope names. */
export function entitiesOf(scope: object): readonly EntityUid[] {
  const authored =
    'entity' in scope ? [scope.entity] : 'entities' in scope ? (scope.entities as readonly unknown[]) : [];
  return authored.map((one) => {
    const { type, id } = entityOf(one as Parameters<typeof entityOf>[0]);
    return new EntityUid(type, id);
  });
}
