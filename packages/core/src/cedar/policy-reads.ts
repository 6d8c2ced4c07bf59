import { type ExpressionJson, nodeOf, type PolicyJson } from './policy-json.ts';

/** When a policy can be evaluated at the earliest: once the head is read, the parameters are checked, the body is there. */
export const MOMENTS = ['head', 'parameters', 'body'] as const;
export type Moment = (typeof MOMENTS)[number];

const HEAD = 0;
const PARAMETERS = 1;
const BODY = 2;

/** What each attribute of the resource waits for. */
const WAITS: Readonly<Record<string, number>> = {
  operation: HEAD,
  method: HEAD,
  template: HEAD,
  tags: HEAD,
  path: PARAMETERS,
  query: PARAMETERS,
  header: PARAMETERS,
};

/** Operators that look at which entity the resource is, and at nothing of it. */
const BY_NAME = new Set(['==', '!=', 'in', 'is']);

/**
 * What the conditions of a policy read of a request, as far as their text tells. What cannot be told for certain, such as an attribute of
 * whichever entity an `if` yields, waits for the body.
 */
export function momentOf(policy: PolicyJson): Moment {
  let latest = HEAD;
  for (const { body } of policy.conditions) latest = Math.max(latest, waitOf(body));
  return MOMENTS[latest] as Moment;
}

function waitOf(expression: ExpressionJson): number {
  const [operator, operand] = nodeOf(expression);
  if (operator === 'Value' || operator === 'Slot') return HEAD;
  if (operator === 'Var') return operand === 'resource' ? BODY : HEAD;
  if (operator === '.' || operator === 'has') return waitOfAttribute(operand as AttributeJson);
  let latest = HEAD;
  for (const part of partsOf(operand))
    latest = Math.max(latest, BY_NAME.has(operator) && isVariable(part) ? HEAD : waitOf(part));
  return latest;
}

interface AttributeJson {
  readonly left: ExpressionJson;
  readonly attr: string | readonly string[];
}

function waitOfAttribute({ left, attr }: AttributeJson): number {
  const [operator, operand] = nodeOf(left);
  if (operator === 'Var') {
    if (operand !== 'resource') return HEAD;
    const name = typeof attr === 'string' ? attr : (attr[0] ?? '');
    return WAITS[name] ?? BODY;
  }
  // An attribute of an attribute is there as soon as the first one is; of anything else, it may be the resource's.
  return operator === '.' || operator === 'Record' ? waitOf(left) : BODY;
}

function isVariable(expression: ExpressionJson): boolean {
  return nodeOf(expression)[0] === 'Var';
}

/** The expressions that an operator is applied to. */
export function partsOf(operand: unknown): readonly ExpressionJson[] {
  if (Array.isArray(operand)) return operand as readonly ExpressionJson[];
  if (typeof operand !== 'object' || operand === null) return [];
  return Object.values(operand).filter(
    (part): part is ExpressionJson => typeof part === 'object' && part !== null && !Array.isArray(part),
  );
}
