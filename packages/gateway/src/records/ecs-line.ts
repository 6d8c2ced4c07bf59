import { oncePer, type AccessRecord, type Denial, type PlannedOperation, type Principal } from '@sallyport/core';
import { milliseconds, nanoseconds, wholeDigits } from './digits.ts';
import { maskedPointer } from './masked-pointer.ts';
import { maskedPath, templateOf } from './masked-path.ts';
import { quoted } from './one-line.ts';
import { shownMethod } from './shown-method.ts';
import { timestamp } from './timestamp.ts';

const MAX_LISTED = 10;
const MAX_POINTER = 200;
const MAX_ROLES = 64;

/** The parts of a line that an operation always has, made once; of one with several base paths they are made for each request. */
const OPERATION_PARTS = new WeakMap<PlannedOperation, string>();

function operationPart(planned: PlannedOperation, path: string): string {
  const known = OPERATION_PARTS.get(planned);
  if (known !== undefined) return known;
  const { operation } = planned;
  const part = `,"url":{"path":${quoted(templateOf(operation, path))}},"event.action":${quoted(operation.id)}`;
  if (operation.basePaths.length < 2) OPERATION_PARTS.set(planned, part);
  return part;
}

/** Principals are shared between the exchanges of one credential, so their part of a line is made once. */
const principalPart = oncePer(({ subject, roles }: Principal) => {
  const part = `,"user.id":${quoted(subject.slice(0, 256))}`;
  return roles.length > 0 ? `${part},"user.roles":${quoted(shownRoles(roles))}` : part;
});

let lastAddress = '';
let lastAddressPart = '""';

function addressPart(address: string): string {
  if (address !== lastAddress) {
    lastAddress = address;
    lastAddressPart = JSON.stringify(address);
  }
  return lastAddressPart;
}

/** How a line goes on behind its time. */
function eventPart({ outcome, fault }: Pick<AccessRecord, 'outcome' | 'fault'>): string {
  const level = fault !== null ? 'error' : outcome === 'failed' ? 'warn' : 'info';
  const failed = outcome === 'denied' || outcome === 'failed';
  return `","log.level":"${level}","ecs.version":"8.11.0","event.kind":"event","event.dataset":"sallyport.access","event.category":["api","web"],"event.type":["${outcome === 'denied' ? 'denied' : 'access'}"],"event.outcome":"${failed ? 'failure' : 'success'}","event.duration":`;
}

/** What nearly every line says. */
const PASSED = eventPart({ outcome: 'passed', fault: null });

/**
 * Renders an access record as one line of JSON in the Elastic Common Schema (8.11). It is an allow-list: no header, cookie,
 * query value or body value is in it, and a path only as its template or masked, so no secret has a way in.
 */
export function ecsLine(record: AccessRecord): string {
  const denied = record.denial;
  const event = record.outcome === 'passed' && record.fault === null ? PASSED : eventPart(record);
  let line = `{"@timestamp":"${timestamp(record.atMs)}${event}${nanoseconds(record.totalMs)}`;
  if (record.operation === null) line += `,"url":{"path":${JSON.stringify(maskedPath(record.path, null))}}`;
  else line += operationPart(record.operation, record.path);
  // Not that of the operation: a HEAD is one of GET.
  if (record.method !== '') line += `,"http.request.method":"${shownMethod(record.method)}"`;
  line += `,"http.request.id":"${record.requestId}","http.response.status_code":${wholeDigits(record.status)},"http.request.body.bytes":${wholeDigits(record.requestBytes)},"http.response.body.bytes":${wholeDigits(record.responseBytes)},"client.ip":${addressPart(record.clientAddress)}`;
  if (record.peerAddress !== record.clientAddress) line += `,"source.ip":${JSON.stringify(record.peerAddress)}`;
  if (record.httpVersion !== '') line += `,"http.version":"${record.httpVersion}"`;
  line += `,"trace.id":"${record.traceId}","span.id":"${record.spanId}"`;
  if (record.parentSpanId !== null) line += `,"parent.id":"${record.parentSpanId}"`;
  const principal = record.principal;
  if (principal !== null && principal.kind !== 'anonymous') line += principalPart(principal);
  line += `,"sallyport":{"verdict":"${record.outcome}","door_ms":${milliseconds(record.doorMs)}`;
  if (record.upstreamStatus !== null) line += `,"upstream_status":${wholeDigits(record.upstreamStatus)}`;
  if (record.upstreamMs > 0) line += `,"upstream_ms":${milliseconds(record.upstreamMs)}`;
  if (principal !== null) line += `,"principal":"${principal.kind}"`;
  if (principal !== null && principal.keyId !== null) line += `,"key_id":${quoted(principal.keyId)}`;
  if (denied !== null) line += `,${denialPart(denied, record.classified)}`;
  if (record.observed.length > 0)
    line += `,"observed":[${record.observed
      .slice(0, MAX_LISTED)
      .map((denial) => `{${denialPart(denial, record.classified)}}`)
      .join(',')}]`;
  if (record.signals.length > 0) line += `,"signals":${JSON.stringify(record.signals)}`;
  if (record.stripped.length > 0)
    line += `,"stripped":${quoted(record.stripped.slice(0, MAX_LISTED).map((place) => clipped(maskedPointer(place, record.classified))))}`;
  if (record.wouldStrip.length > 0)
    line += `,"would_strip":${quoted(record.wouldStrip.slice(0, MAX_LISTED).map((place) => clipped(maskedPointer(place, record.classified))))}`;
  if (record.unchecked !== null) line += `,"unchecked":${quoted(record.unchecked)}`;
  if (record.findings !== undefined && record.findings.length > 0)
    line += `,"findings":${quoted(
      record.findings
        .slice(0, MAX_LISTED)
        .map((finding) => ({ ...finding, pointer: clipped(maskedPointer(finding.pointer, record.classified)) })),
    )}`;
  line += '}';
  if (record.fault !== null) line += `,"error.stack_trace":${JSON.stringify(withoutMessage(record.fault))}`;
  return `${line}}`;
}

/** Effective roles, for reviews of who uses what; `…` says that there were more. */
function shownRoles(roles: readonly string[]): readonly string[] {
  const shown = roles.slice(0, MAX_ROLES).map((role) => role.slice(0, 128));
  return roles.length > MAX_ROLES ? [...shown, '…'] : shown;
}

/** Code, stage, rule, facts and the places of a denial; `event.reason` of the field's own terms is the code. */
function denialPart(denial: Denial, classified: ReadonlySet<string>): string {
  let part = `"code":"${denial.code}","stage":"${denial.stage}"`;
  if (denial.rule !== null) part += `,"rule":${quoted(denial.rule)}`;
  const facts = quoted(denial.facts);
  if (facts !== '{}') part += `,"facts":${facts}`;
  if (denial.errors.length > 0)
    part += `,"errors":${quoted(
      denial.errors.slice(0, MAX_LISTED).map((error) => ({
        in: error.in,
        name: error.name === null ? null : clipped(error.name),
        pointer: clipped(maskedPointer(error.pointer, classified)),
        keyword: error.keyword,
        schema: error.schema,
      })),
    )}`;
  return part;
}

function clipped(text: string): string {
  return text.length <= MAX_POINTER ? text : `${text.slice(0, MAX_POINTER)}…`;
}

/** The name of an error and its frames. Its message may quote what a client sent: V8's own JSON errors do. */
export function withoutMessage(stack: string): string {
  const name = /^[A-Za-z]*/.exec(stack)?.[0] ?? 'Error';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [name, ...frames].join('\n');
}
