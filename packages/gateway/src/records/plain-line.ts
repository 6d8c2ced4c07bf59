import type { AccessRecord } from '@sallyport/core';
import { maskedPointer } from './masked-pointer.ts';
import { maskedPath } from './masked-path.ts';
import { oneWord } from './one-line.ts';
import { shownMethod } from './shown-method.ts';
import { timestamp } from './timestamp.ts';
import { withoutMessage } from './ecs-line.ts';

/** Of what clients and issuers wrote. */
const MAX_CHARACTERS = 128;

/** Renders an access record as one line for a person at a terminal; holds no more than the ECS line does. */
export function plainLine(record: AccessRecord): string {
  const operation = record.operation?.operation ?? null;
  const path = oneWord(maskedPath(record.path, operation) || '-');
  let line = `${timestamp(record.atMs)} ${record.status} ${(record.operation === null ? shownMethod(record.method) : record.method) || '-'} ${path} ${record.outcome}`;
  if (operation !== null) line += ` ${oneWord(operation.id)}`;
  if (record.denial !== null) {
    line += ` ${record.denial.code} (${record.denial.stage}${record.denial.rule === null ? '' : `: ${oneWord(record.denial.rule)}`})`;
    const first = record.denial.errors[0];
    if (first !== undefined)
      line += ` ${first.in} ${oneWord((first.name ?? (maskedPointer(first.pointer, record.classified) || '/')).slice(0, MAX_CHARACTERS))} ${first.keyword}`;
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
    line += ` by ${oneWord(record.principal.subject.slice(0, MAX_CHARACTERS))}`;
  line += ` from ${record.clientAddress || '-'} in ${record.totalMs.toFixed(1)}ms id=${record.requestId}`;
  return record.fault === null ? line : `${line}\n${withoutMessage(record.fault)}`;
}
