import type { AccessRecord } from '@sallyport/core';
import { maskedPointer } from './masked-pointer.ts';
import { maskedPath } from './masked-path.ts';
import { shownMethod } from './shown-method.ts';
import { timestamp } from './timestamp.ts';
import { withoutMessage } from './ecs-line.ts';

/** Renders an access record as one line for a person at a terminal; holds no more than the ECS line does. */
export function plainLine(record: AccessRecord): string {
  const operation = record.operation?.operation ?? null;
  const path = maskedPath(record.path, operation) || '-';
  let line = `${timestamp(record.atMs)} ${record.status} ${(record.operation === null ? shownMethod(record.method) : record.method) || '-'} ${path} ${record.outcome}`;
  if (operation !== null) line += ` ${operation.id}`;
  if (record.denial !== null) {
    line += ` ${record.denial.code} (${record.denial.stage}${record.denial.rule === null ? '' : `: ${record.denial.rule}`})`;
    const first = record.denial.errors[0];
    if (first !== undefined)
      line += ` ${first.in} ${printable(first.name ?? (maskedPointer(first.pointer, record.classified) || '/'))} ${first.keyword}`;
    // Why the upstream could not be had: who sees this line is who can mend it.
    const { cause } = record.denial.facts;
    if (typeof cause === 'string') line += `: ${cause.slice(0, 256).replaceAll(/[^\u0020-\u007e]/g, '?')};`;
  }
  for (const denial of record.observed) line += ` observed:${denial.code}`;
  for (const signal of record.signals) line += ` signal:${signal}`;
  if (record.stripped.length > 0) line += ` stripped:${record.stripped.length}`;
  if (record.wouldStrip.length > 0) line += ` would-strip:${record.wouldStrip.length}`;
  if (record.unchecked !== null) line += ' unchecked';
  if (record.principal !== null && record.principal.kind !== 'anonymous')
    line += ` by ${printable(record.principal.subject)}`;
  line += ` from ${record.clientAddress || '-'} in ${record.totalMs.toFixed(1)}ms id=${record.requestId}`;
  return record.fault === null ? line : `${line}\n${withoutMessage(record.fault)}`;
}

/** A subject or method can hold anything its issuer allows; a line break in it would forge a line. */
function printable(text: string): string {
  return text.slice(0, 128).replaceAll(/[^\u0021-\u007e]/g, '?');
}
