import {
  DateTime,
  Duration,
  durationSince,
  offset,
  parseDateTime,
  parseDuration,
  toDate,
  toTime,
} from './date-time.ts';
import { Decimal, parseDecimal } from './decimal.ts';
import { EvaluationError } from './evaluation-error.ts';
import { IpRange, parseIpRange } from './ip-range.ts';
import { divide } from './long.ts';
import type { CedarValue } from './value.ts';

/** A function of one value, or of two. Throws an `EvaluationError`. */
export type ExtensionFunction =
  | { readonly arity: 1; readonly call: (value: CedarValue) => CedarValue }
  | { readonly arity: 2; readonly call: (left: CedarValue, right: CedarValue) => CedarValue };

const WRONG_TYPE = new EvaluationError('type', 'a function was called on a value of another type');

type Class<Value> = abstract new (...values: never[]) => Value;

function constructorOf(name: string, parse: (text: string) => CedarValue | null): ExtensionFunction {
  const malformed = new EvaluationError('extension', `${name} was called on a text that is none`);
  return {
    arity: 1,
    call(text) {
      if (typeof text !== 'string') throw WRONG_TYPE;
      const value = parse(text);
      if (value === null) throw malformed;
      return value;
    },
  };
}

function method<Value>(of: Class<Value>, call: (value: Value) => CedarValue | null): ExtensionFunction {
  return {
    arity: 1,
    call(value) {
      if (!(value instanceof of)) throw WRONG_TYPE;
      return within(call(value));
    },
  };
}

function operator<Left, Right>(
  left: Class<Left>,
  right: Class<Right>,
  call: (left: Left, right: Right) => CedarValue | null,
): ExtensionFunction {
  return {
    arity: 2,
    call(first, second) {
      if (!(first instanceof left) || !(second instanceof right)) throw WRONG_TYPE;
      return within(call(first, second));
    },
  };
}

const BEYOND = new EvaluationError('extension', 'the result of a function is beyond 64 bits');

function within(value: CedarValue | null): CedarValue {
  if (value === null) throw BEYOND;
  return value;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The extension functions of Cedar by name: addresses, decimals, moments and lengths of time. */
export const EXTENSION_FUNCTIONS: ReadonlyMap<string, ExtensionFunction> = new Map([
  ['ip', constructorOf('ip', parseIpRange)],
  ['isIpv4', method(IpRange, (value) => value.isIpv4)],
  ['isIpv6', method(IpRange, (value) => !value.isIpv4)],
  ['isLoopback', method(IpRange, (value) => value.isLoopback)],
  ['isMulticast', method(IpRange, (value) => value.isMulticast)],
  ['isInRange', operator(IpRange, IpRange, (value, range) => value.isIn(range))],
  ['decimal', constructorOf('decimal', parseDecimal)],
  ['lessThan', operator(Decimal, Decimal, (left, right) => left.scaled < right.scaled)],
  ['lessThanOrEqual', operator(Decimal, Decimal, (left, right) => left.scaled <= right.scaled)],
  ['greaterThan', operator(Decimal, Decimal, (left, right) => left.scaled > right.scaled)],
  ['greaterThanOrEqual', operator(Decimal, Decimal, (left, right) => left.scaled >= right.scaled)],
  ['datetime', constructorOf('datetime', parseDateTime)],
  ['offset', operator(DateTime, Duration, offset)],
  ['durationSince', operator(DateTime, DateTime, durationSince)],
  ['toDate', method(DateTime, toDate)],
  ['toTime', method(DateTime, toTime)],
  ['duration', constructorOf('duration', parseDuration)],
  ['toMilliseconds', method(Duration, ({ ms }) => ms)],
  ['toSeconds', method(Duration, ({ ms }) => divide(ms, SECOND_MS))],
  ['toMinutes', method(Duration, ({ ms }) => divide(ms, MINUTE_MS))],
  ['toHours', method(Duration, ({ ms }) => divide(ms, HOUR_MS))],
  ['toDays', method(Duration, ({ ms }) => divide(ms, DAY_MS))],
]);
