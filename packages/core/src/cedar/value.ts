import type { DateTime, Duration } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import type { IpRange } from './ip-range.ts';
import type { Long } from './long.ts';

/** A value of the Cedar language. */
export type CedarValue =
  | boolean
  | string
  | Long
  | EntityUid
  | CedarSet
  | CedarRecord
  | Decimal
  | IpRange
  | DateTime
  | Duration;

/** The name of an entity: `Role::"teller"`. */
export class EntityUid {
  readonly type: string;
  readonly id: string;
  /** Equal for equal names. A type never holds a quote, so that no two names share one. */
  readonly key: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = `${type}"${id}`;
  }

  toKey(): string {
    return `e${this.key}`;
  }
}

/** Members in no order, equal ones once. */
export class CedarSet {
  readonly items: readonly CedarValue[];
  #keys: ReadonlySet<string> | null = null;

  constructor(items: readonly CedarValue[]) {
    this.items = items;
  }

  contains(value: CedarValue): boolean {
    if (this.#keys === null && typeof value !== 'object' && this.items.length <= 8) return this.items.includes(value);
    return this.keys().has(valueKey(value));
  }

  keys(): ReadonlySet<string> {
    this.#keys ??= new Set(this.items.map(valueKey));
    return this.#keys;
  }

  toKey(): string {
    return `[${joinKeys([...this.keys()].sort())}`;
  }
}

/** Named values. */
export interface RecordLike {
  has(name: string): boolean;
  /** Undefined where there is none of that name. Throws an `EvaluationError` where the value cannot be read. */
  get(name: string): CedarValue | undefined;
  names(): Iterable<string>;
}

/** A record over whatever holds its members. */
export class CedarRecord implements RecordLike {
  readonly members: RecordLike;

  constructor(members: RecordLike) {
    this.members = members;
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  get(name: string): CedarValue | undefined {
    return this.members.get(name);
  }

  names(): Iterable<string> {
    return this.members.names();
  }

  toKey(): string {
    const names = [...this.members.names()].sort();
    return `{${joinKeys(names.flatMap((name) => [name, valueKey(this.members.get(name) as CedarValue)]))}`;
  }
}

/** A record of members that are known. */
export function recordOf(members: Iterable<readonly [string, CedarValue]>): CedarRecord {
  const map = new Map(members);
  return new CedarRecord({ has: (name) => map.has(name), get: (name) => map.get(name), names: () => map.keys() });
}

/** A text that is the same exactly for equal values. */
export function valueKey(value: CedarValue): string {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'number':
    case 'bigint':
      return `n${value}`;
    case 'boolean':
      return value ? 't' : 'f';
    default:
      return value.toKey();
  }
}

/** Values of different types are different, never an error. */
export function equalValues(left: CedarValue, right: CedarValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (left instanceof EntityUid) return right instanceof EntityUid && left.key === right.key;
  return valueKey(left) === valueKey(right);
}

function joinKeys(keys: readonly string[]): string {
  let joined = '';
  for (const key of keys) joined += `${key.length}:${key}`;
  return joined;
}
