import type { Code } from './catalogue.ts';

/** The stages in the order of a request's life. */
const STAGE_NAMES = [
  'head',
  'match',
  'lifecycle',
  'authentication',
  'limits',
  'authorization',
  'policies',
  'parameters',
  'body',
  'ownership',
  'threats',
  'properties',
  'upstream',
  'response',
  'data',
  'sanitise',
] as const;
/** A stage, as denials, records and metrics name it. */
export type StageName = (typeof STAGE_NAMES)[number];

/** One place of the message that is wrong. Never holds a value that was sent. */
export interface FieldError {
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body';
  /** The parameter's name; null for a body. */
  readonly name: string | null;
  /** JSON Pointer into the body or into the parameter's value. */
  readonly pointer: string;
  /** `file#pointer` into the document. */
  readonly schema: string | null;
  readonly keyword: string;
  readonly message: string;
}

/** A refusal: a value, never an exception. */
export interface Denial {
  readonly code: Code;
  readonly stage: StageName;
  /** What in the policy or the document decided, for the operator: `limits/login`, `security/bearerAuth`. */
  readonly rule: string | null;
  /** For the client: one sentence, safe to show to anyone; null leaves it to the code's title. */
  readonly detail: string | null;
  readonly errors: readonly FieldError[];
  /** For the operator only. Never a secret. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** Headers of the answer, name and value in turn: `Allow`, `WWW-Authenticate`, `Retry-After`. */
  readonly headers: readonly string[];
}

const NOTHING: readonly never[] = Object.freeze([]);
const NO_FACTS = Object.freeze({});

/** Makes a denial; what is left out is empty. */
export function deny(code: Code, stage: StageName, more: Partial<Omit<Denial, 'code' | 'stage'>> = {}): Denial {
  return {
    code,
    stage,
    rule: more.rule ?? null,
    detail: more.detail ?? null,
    errors: more.errors ?? NOTHING,
    facts: more.facts ?? NO_FACTS,
    headers: more.headers ?? NOTHING,
  };
}
