import {
  type EntityJson,
  entityOf,
  type ExpressionJson,
  nodeOf,
  type OperandsJson,
  type PolicyJson,
} from './policy-json.ts';
import { EntityUid, valueKey } from './value.ts';

/** How what is tested is held against the constants. */
export type TestKind = 'equals' | 'contains' | 'in';

/** The first test of a policy's conditions that only some values pass: whatever comes after it, the policy does not hold for any other. */
export interface FirstTest {
  /** What is evaluated before it, in order; each has to hold. */
  readonly before: PolicyJson['conditions'];
  readonly kind: TestKind;
  /** What is tested. For `in` always the principal. */
  readonly subject: ExpressionJson;
  /** Keys of the values that pass, each once: of values for `equals` and `contains`, of entities for `in`. */
  readonly keys: readonly string[];
}

type Test = Omit<FirstTest, 'before'>;

/**
 * Finds the test by which a policy can be found: `principal.claims.tenant == "harbour"`, a chain of `||` over one attribute, `["a", "b"].contains(…)`,
 * `principal.roles.contains("clerk")`, `principal in Role::"clerk"`. Null where there is none. Nothing is reordered: what stands before it
 * is part of it, for it may be false, or an error, first.
 */
export function firstTestOf({ conditions }: PolicyJson): FirstTest | null {
  const before: PolicyJson['conditions'][number][] = [];
  for (const condition of conditions)
    for (const body of condition.kind === 'when' ? operandsOf('&&', condition.body) : [condition.body]) {
      const test = condition.kind === 'when' ? testOf(body) : null;
      if (test !== null) return { before, ...test };
      before.push({ kind: condition.kind, body });
    }
  return null;
}

function testOf(expression: ExpressionJson): Test | null {
  const [operator, operand] = nodeOf(expression);
  if (operator === '||') return eitherOf(operandsOf('||', expression).map(testOf));
  if (operator !== '==' && operator !== 'contains' && operator !== 'in') return null;
  const { left, right } = operand as OperandsJson;
  if (operator === '==') {
    const constant = constantKey(right);
    if (constant !== null) return { kind: 'equals', subject: left, keys: [constant] };
    const first = constantKey(left);
    return first === null ? null : { kind: 'equals', subject: right, keys: [first] };
  }
  if (operator === 'contains') {
    const members = constantKeys(left);
    if (members !== null) return { kind: 'equals', subject: right, keys: members };
    const constant = constantKey(right);
    return constant === null ? null : { kind: 'contains', subject: left, keys: [constant] };
  }
  if (nodeOf(left)[0] === 'Var' && nodeOf(left)[1] === 'principal') {
    const entities = entityKeys(right);
    return entities === null ? null : { kind: 'in', subject: left, keys: entities };
  }
  return null;
}

/** Several tests of one thing are one: false for all that none of them names, and an error where that thing is one. */
function eitherOf(tests: readonly (Test | null)[]): Test | null {
  const [first = null] = tests;
  if (first === null) return null;
  const subject = JSON.stringify(first.subject);
  const same = tests.every((test) => test?.kind === first.kind && JSON.stringify(test.subject) === subject);
  return same ? { ...first, keys: [...new Set(tests.flatMap((test) => test?.keys ?? []))] } : null;
}

/** `a && b && c`, however it is nested: evaluated from left to right, up to the first that decides. */
function operandsOf(operator: '&&' | '||', expression: ExpressionJson): ExpressionJson[] {
  const operands: ExpressionJson[] = [];
  const open = [expression];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [inner, operand] = nodeOf(one);
    if (inner === operator) open.push((operand as OperandsJson).right, (operand as OperandsJson).left);
    else operands.push(one);
  }
  return operands;
}

/** Null for what is no constant, and for constants that are written in several ways. */
function constantKey(expression: ExpressionJson): string | null {
  const [operator, value] = nodeOf(expression);
  return operator === 'Value' ? keyOfConstant(value) : null;
}

function keyOfConstant(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'boolean') return valueKey(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? valueKey(value === 0 ? 0 : value) : null;
  const entity = entityOfConstant(value);
  return entity === null ? null : valueKey(entity);
}

function constantKeys(expression: ExpressionJson): string[] | null {
  const items = itemsOf(expression);
  return items === null ? null : allOf(items.map(keyOfConstant));
}

function entityKeys(expression: ExpressionJson): string[] | null {
  const [operator, value] = nodeOf(expression);
  const entities = (operator === 'Value' && !Array.isArray(value) ? [value] : itemsOf(expression))?.map(
    entityOfConstant,
  );
  return entities === undefined ? null : allOf(entities.map((entity) => entity?.key ?? null));
}

/** The constants of a set; null where it is none, or holds anything else. */
function itemsOf(expression: ExpressionJson): readonly unknown[] | null {
  const [operator, value] = nodeOf(expression);
  if (!Array.isArray(value)) return null;
  if (operator === 'Value') return value;
  if (operator !== 'Set') return null;
  const items = (value as readonly ExpressionJson[]).map(nodeOf);
  return items.every(([kind]) => kind === 'Value') ? items.map(([, item]) => item) : null;
}

function entityOfConstant(value: unknown): EntityUid | null {
  if (typeof value !== 'object' || value === null || !('__entity' in value)) return null;
  const { type, id } = entityOf(value as EntityJson);
  return new EntityUid(type, id);
}

function allOf(keys: readonly (string | null)[]): string[] | null {
  return keys.every((key) => key !== null) ? [...new Set(keys)] : null;
}
