import type { Code } from '../../verdict/catalogue.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import type { BodyFailed, BodyResult } from './body-result.ts';
import type { StreamCheck } from './format-check.ts';
import { checkDeclaredHeaders } from './response-field-check.ts';
import { statusRule, type ResponseRule, type StatusRule } from './compile-response.ts';
import { bodyFormat } from './body-format.ts';
import { parseMediaType } from './media-type.ts';
import { sortHeaders, type SortedHead } from './sort-headers.ts';
import type { SelectedBody } from './body-check.ts';
import { withoutHeader } from './without-header.ts';

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
  /** What it gives are whole items, as they go out; false where everything goes on as it came, cut wherever the network cut it. */
  readonly givesItems: boolean;
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

const NOTHING = new Uint8Array(0);
const NO_VALUES: ReadonlyMap<string, string[]> = new Map();

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
  const declared = rule.guarded ? statusRule(rule, status) : null;
  const head = sortHeaders(rule, declared, rawHeaders);
  const decision = decideSorted(rule, status, declared, head, method);
  // A length where no body may follow makes some readers wait for one (RFC 9110, section 8.6).
  if (head.length !== null && decision.keepsLength && status !== 204)
    decision.headers.push(head.lengthName, head.length);
  return decision;
}

/** A decision that is being made. */
type Deciding = { -readonly [Field in keyof ResponseDecision]: ResponseDecision[Field] } & {
  /** The upstream's Content-Length still holds. */
  keepsLength: boolean;
};

function decideSorted(
  rule: ResponseRule,
  status: number,
  declared: StatusRule | null,
  head: SortedHead,
  method: string,
): Deciding {
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const decision: Deciding = {
    denial: null,
    headers: head.headers,
    body: bodiless ? 'none' : 'stream',
    maxBytes: rule.policy.maxBodyBytes,
    check: null,
    stream: null,
    undeclared: head.undeclared,
    unchecked: null,
    keepsLength: true,
  };
  if (!rule.guarded) {
    if (!bodiless) decision.unchecked = 'responses are not checked';
    return decision;
  }
  if (declared === null && !(status === 304 && (method === 'GET' || method === 'HEAD'))) {
    decision.unchecked = 'the status is not declared';
    if (rule.undeclared !== 'pass') decision.denial = refuse(rule, status, 'RESPONSE_STATUS_UNDECLARED');
    return decision;
  }
  const denial = checkHead(rule, status, declared, head);
  // What is left of the body after a GET cannot be known without it, and a length that GET would not have is a lie (RFC 9110, section 9.3.2).
  if (method === 'HEAD' && rule.undeclared === 'strip') decision.keepsLength = false;
  if (declared !== null) {
    if (!bodiless) decideBody(rule, status, declared, head, decision);
    // Clients keep what HEAD says for a GET, whose answer would be refused.
    else if (method === 'HEAD' && declared.content !== null && head.contentTypes > 1 && rule.undeclared !== 'pass')
      decision.denial = refuse(rule, status, 'RESPONSE_TYPE_UNDECLARED');
  }
  if (denial !== null) decision.denial = denial;
  return decision;
}

function checkHead(rule: ResponseRule, status: number, declared: StatusRule | null, head: SortedHead): Denial | null {
  if (head.blocked.length > 0) {
    return deny('RESPONSE_HEADER_INVALID', 'response', {
      rule: rule.id,
      facts: { status, undeclared: head.blocked.slice(0, 20).join(', ') },
    });
  }
  if (declared === null || declared.headers.length === 0 || rule.policy.invalid === 'pass') return null;
  const errors = checkDeclaredHeaders(declared.headers, head.values ?? NO_VALUES);
  return errors.length === 0
    ? null
    : deny('RESPONSE_HEADER_INVALID', 'response', { rule: rule.id, errors: errors.slice(0, 20), facts: { status } });
}

function decideBody(
  rule: ResponseRule,
  status: number,
  declared: StatusRule,
  head: SortedHead,
  decision: Deciding,
): void {
  if (declared.content === null) return decideUndeclaredBody(rule, status, head, decision);
  // Two Content-Types: we would check by one, and the client read by the other.
  const selected = head.contentTypes > 1 ? 'malformed' : declared.content.select(head.contentType);
  if (typeof selected === 'string') {
    if (selected === 'charset') {
      const why = 'its charset is not UTF-8';
      // A text in a code page is a text that was not checked; JSON in one is a way around the check of its members.
      return isText(head.contentType)
        ? decideUnchecked(rule, status, why, decision)
        : decideUnreadable(rule, status, why, decision);
    }
    if (rule.undeclared !== 'pass') decision.denial = refuse(rule, status, 'RESPONSE_TYPE_UNDECLARED');
    decision.unchecked = 'its Content-Type is not declared';
    return;
  }
  if (head.encoded) {
    return selected.check.whole === null
      ? decideUnchecked(rule, status, selected.check.unchecked ?? '', decision)
      : decideUnreadable(rule, status, 'it is compressed', decision);
  }
  decideSelected(rule, status, selected, decision);
}

function decideSelected(rule: ResponseRule, status: number, { check, type }: SelectedBody, decision: Deciding): void {
  const { whole, items, unchecked } = check;
  if (items !== null) {
    decision.stream = toResponseStream(rule, status, items());
  } else if (whole === null) {
    return decideUnchecked(rule, status, unchecked ?? 'it has no schema', decision);
  } else {
    decision.body = 'collect';
    decision.check = (bytes) => toResponseBytes(rule, status, whole(bytes, type), bytes);
  }
  decision.keepsLength = false;
  // Without a schema only its syntax is: what it holds goes out as it came.
  if (unchecked !== null) decideUnchecked(rule, status, unchecked, decision);
}

/** A body where none is declared: left out, or refused unless it turns out to be empty, or passed. */
function decideUndeclaredBody(rule: ResponseRule, status: number, head: SortedHead, decision: Deciding): void {
  if (head.length?.trim() === '0') {
    decision.body = 'none';
    return;
  }
  if (rule.undeclared === 'pass') {
    decision.unchecked = 'no body is declared';
    return;
  }
  decision.keepsLength = false;
  if (rule.undeclared === 'strip') {
    withoutHeader(decision.headers, 'content-type');
    withoutHeader(decision.headers, 'content-encoding');
    if (head.contentType !== null || head.length !== null) decision.undeclared.push('body');
    decision.body = 'none';
    return;
  }
  const denial = refuse(rule, status, 'RESPONSE_TYPE_UNDECLARED');
  decision.body = 'collect';
  decision.check = (bytes) =>
    bytes.length === 0 ? { ok: true, bytes, dropped: [], observed: null } : { ok: false, denial };
}

function decideUnchecked(rule: ResponseRule, status: number, why: string, decision: Deciding): void {
  if (rule.policy.unchecked === 'block') decision.denial = refuse(rule, status, 'RESPONSE_UNCHECKABLE');
  decision.unchecked = why;
}

/**
 * A body that the document says how to check, sent in a way that hides it: the upstream was asked for one that can be read, and whatever the
 * check would have kept back would go out with it. So it goes only where what is invalid may go.
 */
function decideUnreadable(rule: ResponseRule, status: number, why: string, decision: Deciding): void {
  decideUnchecked(rule, status, why, decision);
  if (rule.policy.invalid !== 'pass') decision.denial = refuse(rule, status, 'RESPONSE_UNCHECKABLE');
}

function isText(contentType: string | null): boolean {
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
  return {
    givesItems: !passing,
    push: (chunk) => toBytes(stream.push(chunk), chunk),
    end: () => toBytes(stream.end(), NOTHING),
  };
}
