import { DateTime, Duration } from './date-time.ts';
import { EvaluationError } from './evaluation-error.ts';
import { type Evaluator, toCondition } from './evaluator.ts';
import { add, isLong, type Long, multiply, negate, subtract } from './long.ts';
import type { CedarRequest } from './request.ts';
import { CedarRecord, CedarSet, type CedarValue, EntityUid, equalValues } from './value.ts';

const NO_LONG = new EvaluationError('type', 'a number was expected');
const NO_ORDER = new EvaluationError('type', 'only two numbers, two moments or two durations can be compared');
const NO_SET = new EvaluationError('type', 'a set was expected');
const NO_TEXT = new EvaluationError('type', 'a text was expected');
const NO_ENTITY = new EvaluationError('type', 'an entity was expected');
const NO_MEMBERS = new EvaluationError('type', 'only records and entities have attributes');
const NO_TAG = new EvaluationError('tag-missing', 'an entity has no tag of a name');
const UNKNOWN_ENTITY = new EvaluationError('entity-missing', 'nothing is known of an entity');

/** Operators of one operand, by their name in Cedar's JSON form. */
export const UNARY_OPERATORS: ReadonlyMap<string, (operand: Evaluator) => Evaluator> = new Map([
  ['!', not],
  ['neg', negation],
  ['isEmpty', isEmpty],
]);

/** Operators that always evaluate both operands, the left one first. */
export const BINARY_OPERATORS: ReadonlyMap<string, (left: Evaluator, right: Evaluator) => Evaluator> = new Map([
  ['==', equality(true)],
  ['!=', equality(false)],
  ['<', comparison((left, right) => left < right)],
  ['<=', comparison((left, right) => left <= right)],
  ['>', comparison((left, right) => left > right)],
  ['>=', comparison((left, right) => left >= right)],
  ['+', arithmetic('+', add)],
  ['-', arithmetic('-', subtract)],
  ['*', arithmetic('*', multiply)],
  ['in', isInside],
  ['contains', contains],
  ['containsAll', ofSets((left, right) => right.items.every((item) => left.contains(item)))],
  ['containsAny', ofSets((left, right) => right.items.some((item) => left.contains(item)))],
  ['getTag', getTag],
  ['hasTag', hasTag],
]);

function not(operand: Evaluator): Evaluator {
  const holds = toCondition(operand);
  return (request) => !holds(request);
}

function negation(operand: Evaluator): Evaluator {
  const beyond = new EvaluationError('overflow', 'the result of - is beyond 64 bits');
  return (request) => {
    const value = operand(request);
    if (!isLong(value)) throw NO_LONG;
    const negative = negate(value);
    if (negative === null) throw beyond;
    return negative;
  };
}

function isEmpty(operand: Evaluator): Evaluator {
  return (request) => {
    const set = operand(request);
    if (!(set instanceof CedarSet)) throw NO_SET;
    return set.items.length === 0;
  };
}

function equality(equal: boolean) {
  return (left: Evaluator, right: Evaluator): Evaluator =>
    (request) =>
      equalValues(left(request), right(request)) === equal;
}

function comparison(holds: (left: Long, right: Long) => boolean) {
  return (left: Evaluator, right: Evaluator): Evaluator =>
    (request) => {
      const one = left(request);
      const other = right(request);
      if (isLong(one) && isLong(other)) return holds(one, other);
      if (one instanceof DateTime && other instanceof DateTime) return holds(one.ms, other.ms);
      if (one instanceof Duration && other instanceof Duration) return holds(one.ms, other.ms);
      throw NO_ORDER;
    };
}

function arithmetic(sign: string, apply: (left: Long, right: Long) => Long | null) {
  const beyond = new EvaluationError('overflow', `the result of ${sign} is beyond 64 bits`);
  return (left: Evaluator, right: Evaluator): Evaluator =>
    (request) => {
      const one = left(request);
      const other = right(request);
      if (!isLong(one) || !isLong(other)) throw NO_LONG;
      const result = apply(one, other);
      if (result === null) throw beyond;
      return result;
    };
}

/** Whether an entity is another one, or below it. */
export function isIn(uid: EntityUid, ancestor: EntityUid, request: CedarRequest): boolean {
  return uid.key === ancestor.key || request.entity(uid)?.isIn(ancestor.key) === true;
}

function isInside(left: Evaluator, right: Evaluator): Evaluator {
  return (request) => {
    const one = left(request);
    const others = right(request);
    if (!(one instanceof EntityUid)) throw NO_ENTITY;
    if (others instanceof EntityUid) return isIn(one, others, request);
    if (!(others instanceof CedarSet)) throw NO_ENTITY;
    for (const other of others.items) if (!(other instanceof EntityUid)) throw NO_ENTITY;
    return others.items.some((other) => isIn(one, other as EntityUid, request));
  };
}

/** `is`, and `is … in …` where `within` is not null. */
export function isOfType(operand: Evaluator, type: string, within: Evaluator | null): Evaluator {
  const hasType = (request: CedarRequest): boolean => {
    const uid = operand(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    return uid.type === type;
  };
  if (within === null) return hasType;
  const inside = isInside(operand, within);
  return (request) => hasType(request) && inside(request);
}

function contains(left: Evaluator, right: Evaluator): Evaluator {
  return (request) => {
    const set = left(request);
    const item = right(request);
    if (!(set instanceof CedarSet)) throw NO_SET;
    return set.contains(item);
  };
}

function ofSets(holds: (left: CedarSet, right: CedarSet) => boolean) {
  return (left: Evaluator, right: Evaluator): Evaluator =>
    (request) => {
      const one = left(request);
      const other = right(request);
      if (!(one instanceof CedarSet) || !(other instanceof CedarSet)) throw NO_SET;
      return holds(one, other);
    };
}

function getTag(left: Evaluator, right: Evaluator): Evaluator {
  return (request) => {
    const uid = left(request);
    const name = right(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    if (typeof name !== 'string') throw NO_TEXT;
    const entity = request.entity(uid);
    if (entity === null) throw UNKNOWN_ENTITY;
    const value = entity.tag(name);
    if (value === undefined) throw NO_TAG;
    return value;
  };
}

function hasTag(left: Evaluator, right: Evaluator): Evaluator {
  return (request) => {
    const uid = left(request);
    const name = right(request);
    if (!(uid instanceof EntityUid)) throw NO_ENTITY;
    if (typeof name !== 'string') throw NO_TEXT;
    return request.entity(uid)?.tag(name) !== undefined;
  };
}

/** `owner.name` of a record or an entity. */
export function attribute(operand: Evaluator, name: string): Evaluator {
  const missing = new EvaluationError('attribute-missing', `there is no attribute ${JSON.stringify(name)}`);
  return (request) => {
    const owner = operand(request);
    let value: CedarValue | undefined;
    if (owner instanceof CedarRecord) value = owner.get(name);
    else if (owner instanceof EntityUid) {
      const entity = request.entity(owner);
      if (entity === null) throw UNKNOWN_ENTITY;
      value = entity.attributes.get(name);
    } else throw NO_MEMBERS;
    if (value === undefined) throw missing;
    return value;
  };
}

/** `owner has a.b.c`. An entity of which nothing is known has no attributes. */
export function hasAttribute(operand: Evaluator, path: readonly string[]): Evaluator {
  const last = path.length - 1;
  return (request) => {
    let owner = operand(request);
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

/** `text like "pattern"`. */
export function isLike(operand: Evaluator, matches: (text: string) => boolean): Evaluator {
  return (request) => {
    const text = operand(request);
    if (typeof text !== 'string') throw NO_TEXT;
    return matches(text);
  };
}
