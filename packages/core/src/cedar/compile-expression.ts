import { PolicyCompileError } from './compile-error.ts';
import { EvaluationError } from './evaluation-error.ts';
import { type Condition, constant, type Evaluator, toCondition } from './evaluator.ts';
import { EXTENSION_FUNCTIONS } from './extension-functions.ts';
import { compileLike } from './like-pattern.ts';
import { attribute, BINARY_OPERATORS, hasAttribute, isLike, isOfType, UNARY_OPERATORS } from './operators.ts';
import {
  type ConditionalJson,
  type ExpressionJson,
  type HasJson,
  type IsJson,
  type LikeJson,
  nodeOf,
  type OperandsJson,
} from './policy-json.ts';
import { toConstant } from './to-constant.ts';
import { CedarSet, type CedarValue, recordOf } from './value.ts';

/** Deeper expressions nobody writes; `&&` and `||` in a row count once. */
const MAX_DEPTH = 200;

/** Compiles an expression of Cedar's JSON form. Throws `PolicyCompileError`. */
export function compileExpression(expression: ExpressionJson): Evaluator {
  return compile(expression, 0);
}

/** Compiles an expression of Cedar's JSON form that has to be true or false: anything else is an error when it is evaluated. Throws `PolicyCompileError`. */
export function compileCondition(expression: ExpressionJson): Condition {
  return toCondition(compile(expression, 0));
}

function compile(expression: ExpressionJson, above: number): Evaluator {
  if (above > MAX_DEPTH) throw new PolicyCompileError(`an expression is nested more than ${MAX_DEPTH} deep`);
  const depth = above + 1;
  const [operator, operand] = nodeOf(expression);
  const unary = UNARY_OPERATORS.get(operator);
  if (unary !== undefined) return unary(compile((operand as { readonly arg: ExpressionJson }).arg, depth));
  const binary = BINARY_OPERATORS.get(operator);
  if (binary !== undefined) {
    const { left, right } = operand as OperandsJson;
    return binary(compile(left, depth), compile(right, depth));
  }
  switch (operator) {
    case 'Value':
      return constant(toConstant(operand));
    case 'Var':
      return compileVariable(operand as string);
    case 'Slot':
      throw new PolicyCompileError('templates with slots such as ?principal are not taken');
    case '&&':
    case '||':
      return compileChain(operator, operand as OperandsJson, depth);
    case '.': {
      const { left, attr } = operand as { readonly left: ExpressionJson; readonly attr: string };
      return attribute(compile(left, depth), attr);
    }
    case 'has': {
      const { left, attr } = operand as HasJson;
      return hasAttribute(compile(left, depth), typeof attr === 'string' ? [attr] : attr);
    }
    case 'like': {
      const { left, pattern } = operand as LikeJson;
      return isLike(compile(left, depth), compileLike(pattern));
    }
    case 'is': {
      const { left, entity_type: type, in: within } = operand as IsJson;
      return isOfType(compile(left, depth), type, within === undefined ? null : compile(within, depth));
    }
    case 'if-then-else':
      return compileConditional(operand as ConditionalJson, depth);
    case 'Set':
      return compileSet(operand as readonly ExpressionJson[], depth);
    case 'Record':
      return compileRecord(operand as Readonly<Record<string, ExpressionJson>>, depth);
    default:
      return compileCall(operator, operand, depth);
  }
}

function compileVariable(name: string): Evaluator {
  switch (name) {
    case 'principal':
      return (request) => request.principal;
    case 'action':
      return (request) => request.action;
    case 'resource':
      return (request) => request.resource;
    case 'context':
      return (request) => request.context;
    default:
      throw new PolicyCompileError(`${name} is no variable of Cedar`);
  }
}

/** `a && b && c` nests to the left once an operator; as a list, its length costs no stack. */
function compileChain(operator: '&&' | '||', operands: OperandsJson, depth: number): Evaluator {
  const parts: ExpressionJson[] = [operands.right];
  let left = operands.left;
  for (;;) {
    const [inner, operand] = nodeOf(left);
    if (inner !== operator) break;
    parts.push((operand as OperandsJson).right);
    left = (operand as OperandsJson).left;
  }
  parts.push(left);
  const conditions = parts.reverse().map((part) => toCondition(compile(part, depth)));
  const decides = operator === '||';
  return (request) => {
    for (let index = 0; index < conditions.length; index++)
      if ((conditions[index] as Condition)(request) === decides) return decides;
    return !decides;
  };
}

function compileConditional({ if: test, then, else: otherwise }: ConditionalJson, depth: number): Evaluator {
  const holds = toCondition(compile(test, depth));
  const first = compile(then, depth);
  const second = compile(otherwise, depth);
  return (request) => (holds(request) ? first(request) : second(request));
}

function compileSet(items: readonly ExpressionJson[], depth: number): Evaluator {
  const compiled = items.map((item) => compile(item, depth));
  if (items.every((item) => nodeOf(item)[0] === 'Value'))
    return constant(new CedarSet(items.map((item) => toConstant(nodeOf(item)[1]))));
  return (request) => new CedarSet(compiled.map((item) => item(request)));
}

function compileRecord(members: Readonly<Record<string, ExpressionJson>>, depth: number): Evaluator {
  // In the order of the names, as the reference engine: where several members have no value, the first of them is the error.
  const compiled = Object.keys(members)
    .sort()
    .map((name) => [name, compile(members[name] as ExpressionJson, depth)] as const);
  return (request) => recordOf(compiled.map(([name, member]) => [name, member(request)] as const));
}

function compileCall(name: string, operand: unknown, depth: number): Evaluator {
  const known = EXTENSION_FUNCTIONS.get(name);
  if (known === undefined || !Array.isArray(operand) || operand.length !== known.arity)
    throw new PolicyCompileError(`${name} is no operator or function of this version of Cedar`);
  const [left, right] = (operand as readonly ExpressionJson[]).map((one) => compile(one, depth)) as [
    Evaluator,
    Evaluator,
  ];
  if (known.arity === 2) {
    const { call } = known;
    return (request) => call(left(request), right(request));
  }
  const { call } = known;
  const [argument] = operand as [ExpressionJson];
  if (nodeOf(argument)[0] !== 'Value') return (request) => call(left(request));
  return folded(() => call(toConstant(nodeOf(argument)[1])));
}

/** `ip("10.0.0.0/8")` is read once. Where the text is none, every evaluation is the error. */
function folded(compute: () => CedarValue): Evaluator {
  try {
    return constant(compute());
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return () => {
      throw error;
    };
  }
}
