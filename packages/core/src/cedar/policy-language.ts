import type { PolicyJson } from './policy-json.ts';

/** What the reference engine says of a text. Offsets count bytes of UTF-8. */
export interface LanguageProblem {
  readonly message: string;
  readonly hint: string | null;
  /** Null for the whole of it. */
  readonly startByte: number | null;
}

/** One policy in Cedar's JSON form, or why it is none. */
export type ParsedPolicyText =
  | { readonly ok: true; readonly json: PolicyJson }
  | { readonly ok: false; readonly problem: LanguageProblem };

/** What is wrong with a policy by the schema. */
export interface ValidationFinding extends LanguageProblem {
  readonly policyId: string;
  /** What cannot be right, or what is right and has no effect. */
  readonly severity: 'error' | 'warning';
}

/** Reads and validates Cedar. The shell brings it: the reference engine is a module of WebAssembly, loaded only where there are policies. */
export interface PolicyLanguage {
  /** One policy. */
  parse(text: string): ParsedPolicyText;
  /** Policies by id against a schema in Cedar's JSON form. Throws where the schema itself is refused. */
  validate(schema: Record<string, unknown>, policies: ReadonlyMap<string, string>): readonly ValidationFinding[];
}

/** A file of policies. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

/** The files that the policy names, and what reads them. */
export interface PolicySources {
  readonly files: readonly PolicyFile[];
  readonly language: PolicyLanguage;
}
