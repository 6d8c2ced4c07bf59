import type { EditableJson } from '../json/editable-json.ts';
import type { JsonNode } from '../json/json-node.ts';
import type { CedarType, RecordType } from './cedar-type.ts';
import { DateTime } from './date-time.ts';
import { Decimal } from './decimal.ts';
import { EvaluationError, UNREADABLE } from './evaluation-error.ts';
import { parseIpRange } from './ip-range.ts';
import { toLong } from './long.ts';
import { CedarRecord, CedarSet, type CedarValue } from './value.ts';

/** More items nobody names in a policy; the rest would be compared one by one. */
const MAX_ITEMS = 10_000;

/** Reads the text of a scalar as its type; null where it is none of it. */
export function valueOfText(text: string, type: CedarType): CedarValue | null {
  switch (type.kind) {
    case 'String':
      return text;
    case 'Boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'Long':
    case 'decimal':
      return valueOfNumber(text, type.kind);
    case 'datetime':
      return momentOf(text);
    case 'ipaddr':
      return text.includes('/') ? null : parseIpRange(text);
    default:
      return null;
  }
}

/** Reads a node of a JSON text as its type, numbers by their digits; null where it is none of it. Members are read when they are asked for. */
export function valueOfNode(json: EditableJson, node: JsonNode, type: CedarType): CedarValue | null {
  switch (type.kind) {
    case 'Long':
    case 'decimal':
      return node.kind === 'number' ? valueOfNumber(json.raw(node), type.kind) : null;
    case 'Boolean':
      return node.kind === 'boolean' ? json.value(node) === true : null;
    case 'Set': {
      if (node.items === null || node.items.length > MAX_ITEMS) return null;
      const items = node.items.map((item) => valueOfNode(json, item, type.of));
      return items.includes(null) ? null : new CedarSet(items as CedarValue[]);
    }
    case 'Record': {
      const { members } = node;
      if (members === null) return null;
      return lazyRecord(
        type,
        (name) => {
          const member = members.get(name);
          return member !== undefined && member.kind !== 'null';
        },
        (name, of) => valueOfNode(json, members.get(name) as JsonNode, of),
      );
    }
    default:
      return node.kind === 'string' ? valueOfText(json.value(node) as string, type) : null;
  }
}

/** Reads a value of a token or of a test as its type; null where it is none of it. */
export function valueOfJs(value: unknown, type: CedarType): CedarValue | null {
  switch (type.kind) {
    case 'Long':
      return typeof value === 'number' && Number.isSafeInteger(value) ? (value === 0 ? 0 : value) : null;
    case 'decimal':
      return typeof value === 'number' ? valueOfNumber(String(value), 'decimal') : null;
    case 'Boolean':
      return typeof value === 'boolean' ? value : null;
    case 'Set': {
      if (!Array.isArray(value) || value.length > MAX_ITEMS) return null;
      const items = value.map((item) => valueOfJs(item, type.of));
      return items.includes(null) ? null : new CedarSet(items as CedarValue[]);
    }
    case 'Record': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
      const members = value as Readonly<Record<string, unknown>>;
      return lazyRecord(
        type,
        (name) => Object.hasOwn(members, name) && members[name] !== null && members[name] !== undefined,
        (name, of) => valueOfJs(members[name], of),
      );
    }
    default:
      return typeof value === 'string' ? valueOfText(value, type) : null;
  }
}

/** A record whose members are read when they are asked for, once. What is there and cannot be read is an error, never missing. */
export function lazyRecord(
  type: RecordType,
  has: (name: string) => boolean,
  read: (name: string, type: CedarType) => CedarValue | null,
): CedarRecord {
  const known = new Map<string, CedarValue | EvaluationError>();
  const isThere = (name: string): boolean => type.members.has(name) && has(name);
  return new CedarRecord({
    has: (name) => known.has(name) || isThere(name),
    get(name) {
      let value = known.get(name);
      if (value === undefined) {
        const member = type.members.get(name);
        if (member === undefined || !has(name)) return undefined;
        value = read(name, member.type) ?? UNREADABLE;
        known.set(name, value);
      }
      if (value instanceof EvaluationError) throw value;
      return value;
    },
    names: () => [...type.members.keys()].filter(isThere),
  });
}

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/;
const MAX_DIGITS = 100;

/** By the digits, not by the double next to them: a limit must not be passed by rounding. */
function valueOfNumber(text: string, kind: 'Long' | 'decimal'): CedarValue | null {
  const match = text.length > MAX_DIGITS ? null : NUMBER.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  let digits = `${whole}${fraction}`;
  let shift = Number(exponent) - fraction.length + (kind === 'decimal' ? 4 : 0);
  while (shift < 0 && digits.endsWith('0')) {
    digits = digits.slice(0, -1);
    shift += 1;
  }
  if (digits === '' || /^0+$/.test(digits)) return kind === 'decimal' ? new Decimal(0) : 0;
  if (shift < 0 || shift > MAX_DIGITS) return null;
  const long = toLong(BigInt(digits.padEnd(digits.length + shift, '0')) * (sign === '' ? 1n : -1n));
  if (long === null) return null;
  return kind === 'decimal' ? new Decimal(long) : long;
}

const RFC_3339 =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2}))?$/;

/** A date, or a date with a time (RFC 3339); null for a leap second too, which no clock here has. Digits below a millisecond are cut off. */
function momentOf(text: string): DateTime | null {
  if (text.length > 40 || !RFC_3339.test(text)) return null;
  const upper = text.toUpperCase().replace(/\.([0-9]{3})[0-9]+/, '.$1');
  const ms = Date.parse(upper);
  // `Date.parse` takes the 31st of February for the 3rd of March.
  if (Number.isNaN(ms) || new Date(`${upper.slice(0, 10)}T00:00:00Z`).toISOString().slice(0, 10) !== upper.slice(0, 10))
    return null;
  return new DateTime(ms);
}
