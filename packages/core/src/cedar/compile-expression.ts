import { PolicyCompileError } from './compile-error.ts';
import { DateTime, Duration } from './date-time.ts';
import { EvaluationError, type EvaluationErrorKind } from './evaluation-error.ts';
import { EXTENSION_FUNCTIONS } from './extension-functions.ts';
import { compileLike } from './like-pattern.ts';
import { add, isLong, type Long, multiply, negate, subtract } from './long.ts';
import {
  type ConditionalJson,
  type EntityJson,
  entityOf,
  type ExpressionJson,
  type HasJson,
  type IsJson,
  type LikeJson,
  nodeOf,
  type OperandsJson,
} from './policy-json.ts';
import type { CedarRequest } from './request.ts';
import { CedarRecord, CedarSet, type CedarValue, EntityUid, equalValues, recordOf } from './value.ts';

/** The value of an expression for a request. Throws an `EvaluationError` where it has none. */
export type Evaluator = (request: CedarRequest) => CedarValue;
export type Condition = (request: CedarRequest) => boolean;

/** Deeper expressions nobody writes; `&&` and `||` in a row count once. */
const MAX_DEPTH = 200;

/** Compiles an expression of Cedar's JSON form. Throws `PolicyCompileError`. */
export function compileExpression(expression: ExpressionJson): Evaluator {
  return compile(expression, 0);
}

/** Compiles an expression that has to be true or false: anything else is an error when it is evaluated. */
export function compileCondition(expression: ExpressionJson): Condition {
  return toCondition(compile(expression, 0));
}

function compile(expression: ExpressionJson, depth: number): Evaluator {
  if (depth > MAX_DEPTH) throw new PolicyCompileError(`an expression is nested more than ${MAX_DEPTH} deep`);
  const [operator, operand] = nodeOf(expression);
  const known = OPERATORS[operator];
  if (known !== undefined) return known(operand as never, depth + 1);
  return compileCall(operator, operand, depth + 1);
}

const OPERATORS: Readonly<Record<string, (operand: never, depth: number) => Evaluator>> = Object.assign(
  Object.create(null),
  {
    Value: (json: unknown) => constant(toConstant(json)),
    Var: compileVariable,
    Slot: () => {
      throw new PolicyCompileError('templates with slots such as ?principal are not taken');
    },
    '!': ({ arg }: { readonly arg: ExpressionJson }, depth: number): Evaluator => {
      const inner = toCondition(compile(arg, depth));
      return (request) => !inner(request);
    },
    neg: compileNegation,
    '&&': (operands: OperandsJson, depth: number) => compileChain('&&', operands, depth),
    '||': (operands: OperandsJson, depth: number) => compileChain('||', operands, depth),
    '==': (operands: OperandsJson, depth: number) => compileEquality(operands, depth, true),
    '!=': (operands: OperandsJson, depth: number) => compileEquality(operands, depth, false),
    '<': comparison((left, right) => left < right),
    '<=': comparison((left, right) => left <= right),
    '>': comparison((left, right) => left > right),
    '>=': comparison((left, right) => left >= right),
    '+': arithmetic('+', add),
    '-': arithmetic('-', subtract),
    '*': arithmetic('*', multiply),
    in: compileIn,
    contains: compileContains,
    containsAll: ofSets((left, right) => right.items.every((item) => left.contains(item))),
    containsAny: ofSets((left, right) => right.items.some((item) => left.contains(item))),
    isEmpty: compileIsEmpty,
    getTag: compileGetTag,
    hasTag: compileHasTag,
    '.': compileAttribute,
    has: compileHas,
    like: compileLikeNode,
    is: compileIs,
    'if-then-else': compileConditional,
    Set: compileSet,
    Record: compileRecord,
  },
);

function failure(kind: EvaluationErrorKind, message: string): EvaluationError {
  return new EvaluationError(kind, message);
}

const NO_BOOLEAN = failure('type', 'a condition is neither true nor false');
const NO_LONG = failure('type', 'a number was expected');
const NO_ORDER = failure('type', 'only two numbers, two moments or two durations can be compared');
const NO_SET = failure('type', 'a set was expected');
const NO_TEXT = failure('type', 'a text was expected');
const NO_ENTITY = failure('type', 'an entity was expected');
const NO_MEMBERS = failure('type', 'only records and entities have attributes');
const UNKNOWN_ENTITY = failure('entity-missing', 'nothing is known of an entity');

function toCondition(evaluate: Evaluator): Condition {
  return (request) => {
    const value = evaluate(request);
    if (typeof value !== 'boolean') throw NO_BOOLEAN;
    return value;
  };
}

function constant(value: CedarValue): Evaluator {
  return () => value;
}

function toConstant(json: unknown): CedarValue {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') {
    // Cedar's JSON form comes as JavaScript numbers: a larger one is rounded already, and would be compared as another.
    if (!Number.isSafeInteger(json))
      throw new PolicyCompileError('a number is beyond 9007199254740991, and would be rounded');
    return json === 0 ? 0 : json;
  }
  if (Array.isArray(json)) return new CedarSet(json.map(toConstant));
  if (typeof json === 'object' && json !== null) {
    if ('__entity' in json) {
      const { type, id } = entityOf(json as EntityJson);
      return new EntityUid(type, id);
    }
    if ('__extn' in json) return toExtension(json.__extn as { readonly fn: string; readonly arg: unknown });
    return recordOf(Object.entries(json).map(([name, member]) => [name, toConstant(member)] as const));
  }
  throw new PolicyCompileError('a value is of no type of Cedar');
}

function toExtension({ fn, arg }: { readonly fn: string; readonly arg: unknown }): CedarValue {
  const known = EXTENSION_FUNCTIONS.get(fn);
  if (known?.arity !== 1) throw new PolicyCompileError(`${fn} is no function of this version of Cedar`);
  return known.call(toConstant(arg));
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

function compileNegation({ arg }: { readonly arg: ExpressionJson }, depth: number): Evaluator {
  const inner = compile(arg, depth);
  const beyond = failure('overflow', 'the result of - is beyond 64 bits');
  return (request) => {
    const value = inner(request);
    if (!isLong(value)) throw NO_LONG;
    const negative = negate(value);
    if (negative === null) throw beyond;
    return negative;
  };
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

function compileEquality({ left, right }: OperandsJson, depth: number, equal: boolean): Evaluator {
  const first = compile(left, depth);
  const second = compile(right, depth);
  return (request) => equalValues(first(request), second(request)) === equal;
}

function comparison(holds: (left: Long, right: Long) => boolean) {
  return ({ left, right }: OperandsJson, depth: number): Evaluator => {
    const first = compile(left, depth);
    const second = compile(right, depth);
    return (request) => {
      const one = first(request);
      const other = second(request);
      if (isLong(one) && isLong(other)) return holds(one, other);
      if (one instanceof DateTime && other instanceof DateTime) return holds(one.ms, other.ms);
      if (one instanceof Duration && other instanceof Duration) return holds(one.ms, other.ms);
      throw NO_ORDER;
    };
  };
}

function arithmetic(sign: string, apply: (left: Long, right: Long) => Long | null) {
  const beyond = failure('overflow', `the result of ${sign} is beyond 64 bits`);
  return ({ left, right }: OperandsJson, depth: number): Evaluator => {
    const first = compile(left, depth);
    const second = compile(right, depth);
    return (request) => {
      const one = first(request);
      const other = second(request);
      if (!isLong(one) || !isLong(other)) throw NO_LONG;
      const result = apply(one, other);
      if (result === null) throw beyond;
      return result;
    };
  };
}

function compileIn({ left, right }: OperandsJson, depth: number): Evaluator {
  const first = compile(left, depth);
  const second = compile(right, depth);
  return (request) => {
    const one = first(request);
    const others = second(request);
    if (!(one instanceof EntityUid)) throw NO_ENTITY;
    if (others instanceof EntityUid) return isIn(one, others, request);
    if (!(others instanceof CedarSet)) throw NO_ENTITY;
    for (const other of others.items) if (!(other instanceof EntityUid)) throw NO_ENTITY;
    return others.items.some((other) => isIn(one, other as EntityUid, request));
  };
}

/** Whether an entity is another one, or below it. */
export function isIn(uid: EntityUid, ancestor: EntityUid, request: CedarRequest): boolean {
  return uid.key === ancestor.key || request.entity(uid)?.isIn(ancestor.key) === true;
}

function compileContains({ left, right }: OperandsJson, depth: number): Evaluator {
  const first = compile(left, depth);
  const second = compile(right, depth);
  return (request) => {
    const set = first(request);
    const item = second(request);
    if (!(set instanceof CedarSet)) throw NO_SET;
    return set.contains(item);
  };
}

function ofSets(holds: (left: CedarSet, right: CedarSet) => boolean) {
  return ({ left, right }: OperandsJson, depth: number): Evaluator => {
    const first = compile(left, depth);
    const second = compile(right, depth);
    return (request) => {
      const one = first(request);
      const other = second(request);
      if (!(one instanceof CedarSet) || !(other instanceof CedarSet)) throw NO_SET;
      return holds(one, other);
    };
  };
}

function compileIsEmpty({ arg }: { readonly arg: ExpressionJson }, depth: number): Evaluator {
  const inner = compile(arg, depth);
  return (request) => {
    const set = inner(request);
    if (!(set instanceof CedarSet)) throw NO_SET;
    return set.items.length === 0;
  };
}

function compileGetTag({ left, right }: OperandsJson, depth: number): Evaluator {
  const first = compile(left, depth);
  const second = compile(right, depth);
  const missing = failure('tag-missing', 'an entity has no tag of a name');
  return (request) => {
    const uid = first(request);
    const name = second(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    if (typeof name !== 'string') throw NO_TEXT;
    const entity = request.entity(uid);
    if (entity === null) throw UNKNOWN_ENTITY;
    const value = entity.tag(name);
    if (value === undefined) throw missing;
    return value;
  };
}

function compileHasTag({ left, right }: OperandsJson, depth: number): Evaluator {
  const first = compile(left, depth);
  const second = compile(right, depth);
  return (request) => {
    const uid = first(request);
    const name = second(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    if (typeof name !== 'string') throw NO_TEXT;
    return request.entity(uid)?.tag(name) !== undefined;
  };
}

function compileAttribute({ left, attr }: { left: ExpressionJson; attr: string }, depth: number): Evaluator {
  const inner = compile(left, depth);
  const missing = failure('attribute-missing', `there is no attribute ${JSON.stringify(attr)}`);
  return (request) => {
    const owner = inner(request);
    let value: CedarValue | undefined;
    if (owner instanceof CedarRecord) value = owner.get(attr);
    else if (owner instanceof EntityUid) {
      const entity = request.entity(owner);
      if (entity === null) throw UNKNOWN_ENTITY;
      value = entity.attributes.get(attr);
    } else throw NO_MEMBERS;
    if (value === undefined) throw missing;
    return value;
  };
}

function compileHas({ left, attr }: HasJson, depth: number): Evaluator {
  const inner = compile(left, depth);
  const path = typeof attr === 'string' ? [attr] : attr;
  const last = path.length - 1;
  return (request) => {
    let owner = inner(request);
    for (let index = 0; ; index++) {
      const name = path[index] as string;
      const members =
        owner instanceof CedarRecord
          ? owner
          : owner instanceof EntityUid
            ? (request.entity(owner)?.attributes ?? null)
            : undefined;
      if (members === undefined) throw NO_MEMBERS;
      if (members === null || !members.has(name)) return false;
      if (index === last) return true;
      owner = members.get(name) as CedarValue;
    }
  };
}

function compileLikeNode({ left, pattern }: LikeJson, depth: number): Evaluator {
  const inner = compile(left, depth);
  const matches = compileLike(pattern);
  return (request) => {
    const text = inner(request);
    if (typeof text !== 'string') throw NO_TEXT;
    return matches(text);
  };
}

function compileIs({ left, entity_type: type, in: within }: IsJson, depth: number): Evaluator {
  const inner = compile(left, depth);
  const isOfType: Evaluator = (request) => {
    const uid = inner(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    return uid.type === type;
  };
  if (within === undefined) return isOfType;
  const isInside = compileIn({ left, right: within }, depth);
  return (request) => isOfType(request) && isInside(request);
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
