import type { FieldError } from '../../verdict/denial.ts';
import type { JsonBodyResult, SchemaIssue } from '../../schema/schema-compiler.ts';
import { fieldError, toFieldErrors } from './field-errors.ts';
import type { Undecodable } from './undecodable.ts';

export interface BodyPassed {
  readonly ok: true;
  /** What goes on: the same object that came in when nothing was dropped. */
  readonly bytes: Uint8Array;
  /** JSON Pointers of what was dropped, at most 20. */
  readonly dropped: readonly string[];
}

export interface BodyFailed {
  readonly ok: false;
  /** Malformed: it cannot be read as what it says it is. Invalid: it was read, and is against its schema. */
  readonly code: 'BODY_MALFORMED' | 'BODY_INVALID';
  readonly errors: readonly FieldError[];
}

export type BodyResult = BodyPassed | BodyFailed;

const NOTHING: readonly string[] = Object.freeze([]);
/** Keywords of issues that stand for broken bytes and not for a rule of the schema. */
const MALFORMED = new Set(['syntax', 'duplicate', 'depth', 'keys', 'utf8', 'size', 'forbidden-member']);

export function passed(bytes: Uint8Array, dropped: readonly string[] = NOTHING): BodyPassed {
  return { ok: true, bytes, dropped };
}

export function malformed(keyword: string, message: string): BodyFailed {
  return { ok: false, code: 'BODY_MALFORMED', errors: [fieldError('body', null, keyword, message)] };
}

/** Issues of a schema, put below `pointer`, the place of the item they are about. */
export function failedBy(issues: readonly SchemaIssue[], pointer = ''): BodyFailed {
  const placed = pointer === '' ? issues : issues.map((issue) => ({ ...issue, pointer: pointer + issue.pointer }));
  const code = issues.some((issue) => MALFORMED.has(issue.keyword)) ? 'BODY_MALFORMED' : 'BODY_INVALID';
  return { ok: false, code, errors: toFieldErrors('body', null, placed) };
}

export function failedAt(problem: Undecodable, schema: string | null): BodyFailed {
  const code = MALFORMED.has(problem.keyword) ? 'BODY_MALFORMED' : 'BODY_INVALID';
  return {
    ok: false,
    code,
    errors: [fieldError('body', null, problem.keyword, problem.message, schema, problem.pointer)],
  };
}

export function resultOfJson(result: JsonBodyResult): BodyResult {
  return result.ok ? passed(result.bytes, result.dropped) : failedBy(result.issues);
}
