import type { Code } from '../../verdict/catalogue.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { BANNER_HEADERS } from './banner-headers.ts';
import type { BodyFailed, BodyResult } from './body-result.ts';
import type { StreamCheck } from './format-check.ts';
import { PASSING_HEADERS } from './response-headers.ts';
import { checkDeclaredHeaders } from './response-field-check.ts';
import { statusRule, type ResponseRule, type StatusRule } from './compile-response.ts';
import { bodyFormat } from './body-format.ts';
import { parseMediaType } from './media-type.ts';
import type { SelectedBody } from './body-check.ts';

/** What came of checking the bytes of an answer. */
export type ResponseBytes =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      /** JSON Pointers of what was dropped. */
      readonly dropped: readonly string[];
      /** What would have been denied where `responses.invalid` is `pass`: for the record. */
      readonly observed: Denial | null;
    }
  | { readonly ok: false; readonly denial: Denial };

/** Checks an answer item by item; what `push` and `end` give may go out. */
export interface ResponseStream {
  push(chunk: Uint8Array): ResponseBytes;
  end(): ResponseBytes;
}

/** What becomes of an answer, known from its head. */
export interface ResponseDecision {
  readonly denial: Denial | null;
  /** Names and values in turn, as they go out. Without Content-Length where the length can change: the shell knows it then. */
  readonly headers: string[];
  /** `none`: whatever the upstream sends as a body is left out. `collect`: whole, then `check`. `stream`: chunk by chunk, through `stream` where it is set. */
  readonly body: 'none' | 'collect' | 'stream';
  /** A collected body may have this size; above it is RESPONSE_TOO_LARGE. */
  readonly maxBytes: number;
  readonly check: ((bytes: Uint8Array) => ResponseBytes) | null;
  readonly stream: ResponseStream | null;
  /** Names of headers, or `body`, that the document does not declare and that were left out. */
  readonly undeclared: string[];
  /** Why the body is not checked, or not all of it; null where it is. */
  readonly unchecked: string | null;
}

/** What the body is decided by. */
const READ_HEADERS = new Set(['content-type', 'content-encoding', 'content-length']);
const NOTHING = new Uint8Array(0);

/**
 * The same decision where it is only observed: everything passes as it came, and what would have been left out is told by `undeclared` and
 * `dropped` as ever. A stream that breaks its rule is reported once and passes unchecked from there on.
 */
export function asObserved(
  decision: ResponseDecision,
  rawHeaders: readonly string[],
  status: number,
  method: string,
): ResponseDecision {
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const headers = [...rawHeaders];
  const { check, stream } = decision;
  // The shell writes the length of what it has collected.
  if (decision.body === 'collect') withoutLength(headers);
  return {
    ...decision,
    headers,
    body: bodiless ? 'none' : decision.body === 'none' ? 'stream' : decision.body,
    check:
      check === null
        ? null
        : (bytes) => {
            const result = check(bytes);
            return result.ok ? { ...result, bytes } : { ok: true, bytes, dropped: [], observed: result.denial };
          },
    stream: stream === null ? null : observedStream(stream),
  };
}

function observedStream(stream: ResponseStream): ResponseStream {
  let broken = false;
  const observe = (came: Uint8Array, check: () => ResponseBytes): ResponseBytes => {
    if (broken) return { ok: true, bytes: came, dropped: [], observed: null };
    const result = check();
    broken = !result.ok;
    return result.ok ? { ...result, bytes: came } : { ok: true, bytes: came, dropped: [], observed: result.denial };
  };
  const nothing = new Uint8Array(0);
  return { push: (chunk) => observe(chunk, () => stream.push(chunk)), end: () => observe(nothing, () => stream.end()) };
}

interface Head {
  readonly headers: string[];
  readonly undeclared: string[];
  readonly blocked: string[];
  readonly values: Map<string, string[]>;
}

/**
 * Decides over the head of an answer: is the status declared, are its headers what they should be, and how is its body to be checked.
 * Denies with RESPONSE_STATUS_UNDECLARED, RESPONSE_TYPE_UNDECLARED, RESPONSE_HEADER_INVALID, RESPONSE_UNCHECKABLE; the checks it hands out with
 * RESPONSE_MALFORMED and RESPONSE_INVALID. A denial comes with a decision all the same, for `observe`. Answers to HEAD, and 204 and 304, have
 * no body (RFC 9110, sections 9.3.2, 15.3.5, 15.4.5). An undeclared 304 passes for GET and HEAD: it repeats nothing but the head.
 */
export function decideResponseHead(
  rule: ResponseRule,
  status: number,
  rawHeaders: readonly string[],
  method: string,
): ResponseDecision {
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const declared = rule.guarded ? statusRule(rule, status) : null;
  const head = readHead(rule, declared, rawHeaders);
  // A length where no body may follow makes some readers wait for one (RFC 9110, section 8.6).
  if (status === 204) withoutLength(head.headers);
  const decision: ResponseDecision = {
    denial: null,
    headers: head.headers,
    body: bodiless ? 'none' : 'stream',
    maxBytes: rule.policy.maxBodyBytes,
    check: null,
    stream: null,
    undeclared: head.undeclared,
    unchecked: null,
  };
  if (!rule.guarded) return bodiless ? decision : { ...decision, unchecked: 'responses are not checked' };
  if (declared === null && !(status === 304 && (method === 'GET' || method === 'HEAD'))) {
    const unchecked = 'the status is not declared';
    return {
      ...decision,
      denial: rule.undeclared === 'pass' ? null : refuse(rule, status, 'RESPONSE_STATUS_UNDECLARED'),
      unchecked,
    };
  }
  const denial = checkHead(rule, status, declared, head);
  // What is left of the body after a GET cannot be known without it, and a length that GET would not have is a lie (RFC 9110, section 9.3.2).
  if (method === 'HEAD' && rule.undeclared === 'strip') withoutLength(head.headers);
  if (bodiless || declared === null) return { ...decision, denial };
  const body = decideBody(rule, status, declared, head, decision);
  return denial === null ? body : { ...body, denial };
}

/** Sorts the headers: what passes, what is left out, what is to be checked. */
function readHead(rule: ResponseRule, declared: StatusRule | null, rawHeaders: readonly string[]): Head {
  const head: Head = { headers: [], undeclared: [], blocked: [], values: new Map() };
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const name = raw.toLowerCase();
    const isDeclared = declared !== null && declared.headerNames.has(name);
    if (isDeclared || READ_HEADERS.has(name)) {
      const values = head.values.get(name);
      if (values === undefined) head.values.set(name, [value]);
      else values.push(value);
    }
    if (isDeclared) {
      head.headers.push(raw, value);
      continue;
    }
    if (BANNER_HEADERS.has(name)) continue;
    if (PASSING_HEADERS.has(name) || !rule.guarded || (name === 'set-cookie' && setsDeclaredCookie(rule, value))) {
      head.headers.push(raw, value);
      continue;
    }
    if (rule.policy.undeclaredHeaders === 'block') head.blocked.push(name);
    if (rule.policy.undeclaredHeaders !== 'strip') head.headers.push(raw, value);
    else if (!head.undeclared.includes(name)) head.undeclared.push(name);
  }
  return head;
}

/**
 * Whether the cookie is one that the document knows. Documents hardly ever declare Set-Cookie, and a login without its cookie is none; a
 * cookie of any other name may come from a line break that somebody put into a value (HTTP response splitting).
 */
function setsDeclaredCookie(rule: ResponseRule, setCookie: string): boolean {
  const equals = setCookie.indexOf('=');
  return equals > 0 && rule.cookies.has(setCookie.slice(0, equals).trim());
}

function checkHead(rule: ResponseRule, status: number, declared: StatusRule | null, head: Head): Denial | null {
  if (head.blocked.length > 0) {
    return deny('RESPONSE_HEADER_INVALID', 'response', {
      rule: rule.id,
      facts: { status, undeclared: head.blocked.slice(0, 20).join(', ') },
    });
  }
  if (declared === null || declared.headers.length === 0 || rule.policy.invalid === 'pass') return null;
  const errors = checkDeclaredHeaders(declared.headers, head.values);
  return errors.length === 0
    ? null
    : deny('RESPONSE_HEADER_INVALID', 'response', { rule: rule.id, errors: errors.slice(0, 20), facts: { status } });
}

function decideBody(
  rule: ResponseRule,
  status: number,
  declared: StatusRule,
  head: Head,
  decision: ResponseDecision,
): ResponseDecision {
  if (declared.content === null) return decideUndeclaredBody(rule, status, head, decision);
  const types = head.values.get('content-type') ?? [];
  // Two Content-Types: we would check by one, and the client read by the other.
  const selected = types.length > 1 ? 'malformed' : declared.content.select(types[0] ?? null);
  if (typeof selected === 'string') {
    if (selected === 'charset') {
      const why = 'its charset is not UTF-8';
      // A text in a code page is a text that was not checked; JSON in one is a way around the check of its members.
      return isText(types[0])
        ? decideUnchecked(rule, status, why, decision)
        : decideUnreadable(rule, status, why, decision);
    }
    const denial = rule.undeclared === 'pass' ? null : refuse(rule, status, 'RESPONSE_TYPE_UNDECLARED');
    return { ...decision, denial, unchecked: 'its Content-Type is not declared' };
  }
  const encoding = head.values.get('content-encoding');
  if (encoding !== undefined && encoding.some((value) => value.trim().toLowerCase() !== 'identity')) {
    return selected.check.whole === null
      ? decideUnchecked(rule, status, selected.check.unchecked ?? '', decision)
      : decideUnreadable(rule, status, 'it is compressed', decision);
  }
  return decideSelected(rule, status, selected, decision);
}

function decideSelected(
  rule: ResponseRule,
  status: number,
  { check, type }: SelectedBody,
  decision: ResponseDecision,
): ResponseDecision {
  const { whole, items, unchecked } = check;
  if (items !== null) {
    withoutLength(decision.headers);
    return { ...decision, body: 'stream', stream: toResponseStream(rule, status, items()), unchecked };
  }
  if (whole === null) return decideUnchecked(rule, status, unchecked ?? 'it has no schema', decision);
  withoutLength(decision.headers);
  return {
    ...decision,
    body: 'collect',
    check: (bytes) => toResponseBytes(rule, status, whole(bytes, type), bytes),
    unchecked,
  };
}

/** A body where none is declared: left out, or refused unless it turns out to be empty, or passed. */
function decideUndeclaredBody(
  rule: ResponseRule,
  status: number,
  head: Head,
  decision: ResponseDecision,
): ResponseDecision {
  const empty = head.values.get('content-length')?.[0]?.trim() === '0';
  if (empty) return { ...decision, body: 'none' };
  if (rule.undeclared === 'pass') return { ...decision, unchecked: 'no body is declared' };
  if (rule.undeclared === 'strip') {
    withoutLength(decision.headers);
    without(decision.headers, 'content-type');
    without(decision.headers, 'content-encoding');
    if (head.values.has('content-type') || head.values.has('content-length')) decision.undeclared.push('body');
    return { ...decision, body: 'none' };
  }
  withoutLength(decision.headers);
  const denial = refuse(rule, status, 'RESPONSE_TYPE_UNDECLARED');
  const check = (bytes: Uint8Array): ResponseBytes =>
    bytes.length === 0 ? { ok: true, bytes, dropped: [], observed: null } : { ok: false, denial };
  return { ...decision, body: 'collect', check };
}

function decideUnchecked(
  rule: ResponseRule,
  status: number,
  why: string,
  decision: ResponseDecision,
): ResponseDecision {
  const denial = rule.policy.unchecked === 'block' ? refuse(rule, status, 'RESPONSE_UNCHECKABLE') : null;
  return { ...decision, denial, body: 'stream', unchecked: why };
}

/**
 * A body that the document says how to check, sent in a way that hides it: the upstream was asked for one that can be read, and whatever the
 * check would have kept back would go out with it. So it goes only where what is invalid may go.
 */
function decideUnreadable(
  rule: ResponseRule,
  status: number,
  why: string,
  decision: ResponseDecision,
): ResponseDecision {
  const unchecked = decideUnchecked(rule, status, why, decision);
  return rule.policy.invalid === 'pass'
    ? unchecked
    : { ...unchecked, denial: refuse(rule, status, 'RESPONSE_UNCHECKABLE') };
}

function isText(contentType: string | undefined): boolean {
  const type = parseMediaType(contentType ?? '');
  return type !== null && bodyFormat(type) === 'text';
}

function refuse(rule: ResponseRule, status: number, code: Code): Denial {
  return deny(code, 'response', { rule: rule.id, facts: { status } });
}

function toDenial(rule: ResponseRule, status: number, failure: BodyFailed): Denial {
  const code = failure.code === 'BODY_MALFORMED' ? 'RESPONSE_MALFORMED' : 'RESPONSE_INVALID';
  return deny(code, 'response', { rule: rule.id, errors: failure.errors, facts: { status } });
}

function toResponseBytes(rule: ResponseRule, status: number, result: BodyResult, came: Uint8Array): ResponseBytes {
  if (result.ok) return { ok: true, bytes: result.bytes, dropped: result.dropped, observed: null };
  const denial = toDenial(rule, status, result);
  return rule.policy.invalid === 'pass'
    ? { ok: true, bytes: came, dropped: [], observed: denial }
    : { ok: false, denial };
}

/**
 * With `responses.invalid: pass` a stream goes out as it comes, and what is wrong with it is named once. Not where members are to be stripped:
 * what had been cut could not be told from what had not, so an invalid item ends the stream there.
 */
function toResponseStream(rule: ResponseRule, status: number, stream: StreamCheck): ResponseStream {
  const passing = rule.policy.invalid === 'pass' && rule.undeclared !== 'strip';
  let named = false;
  const toBytes = (result: BodyResult, came: Uint8Array): ResponseBytes => {
    if (!passing)
      return result.ok
        ? { ok: true, bytes: result.bytes, dropped: result.dropped, observed: null }
        : { ok: false, denial: toDenial(rule, status, result) };
    const observed = result.ok || named ? null : toDenial(rule, status, result);
    named ||= !result.ok;
    return { ok: true, bytes: came, dropped: [], observed };
  };
  return { push: (chunk) => toBytes(stream.push(chunk), chunk), end: () => toBytes(stream.end(), NOTHING) };
}

function withoutLength(headers: string[]): void {
  without(headers, 'content-length');
}

function without(headers: string[], name: string): void {
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    if ((headers[index] as string).toLowerCase() === name) headers.splice(index, 2);
  }
}
