import { foldCase } from '../../../json/fold-case.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Operation } from '../../../openapi/model.ts';
import type { RecordSource } from '../../../policy/encrypt-policy.ts';
import type { SealedPlace } from '../../../ports.ts';
import { decodePercent } from '../../validation/percent-decoding.ts';
import type { MarkedValue } from '../marked-value.ts';
import { isSealed } from './sealed-form.ts';

/** Where the id of a record stands, for one operation. */
export type RecordLookup = readonly { readonly member: string; readonly pathIndex: number }[];

/** What the policy says of records, for the path of an operation: parameters that it does not have are left out. */
export function recordLookup(sources: readonly RecordSource[], operation: Operation): RecordLookup {
  const names = [...operation.path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
  return sources
    .map(({ in: where, name }) =>
      where === 'path' ? { member: '', pathIndex: names.indexOf(name) } : { member: name, pathIndex: -1 },
    )
    .filter(({ member, pathIndex }) => member !== '' || pathIndex >= 0);
}

/** Where a value belongs; null where records are told apart and nothing says which one this is. */
export function placeOf(
  value: MarkedValue,
  bound: boolean,
  lookup: RecordLookup,
  exchange: Exchange,
): SealedPlace | null {
  const field = foldCase(value.member);
  if (!bound) return { field, record: null };
  for (const { member, pathIndex } of lookup) {
    const record = pathIndex >= 0 ? decodePercent(exchange.pathValues[pathIndex] ?? '', false) : value.beside(member);
    if (record !== null && record !== '') return isSealed(record) ? null : { field, record };
  }
  return null;
}
