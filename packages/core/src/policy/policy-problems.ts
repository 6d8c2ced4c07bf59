import { ConfigurationError, type ConfigurationProblem, type SourceLocation } from '../configuration-error.ts';
import type { PolicyCode } from './policy-codes.ts';
import type { Place } from './place.ts';
import type { PositionOf } from './yaml-positions.ts';

/** Says where a pointer into the statements stands: in which file, at which line, under which pointer of that file. */
export interface StatementSource {
  /** What `${file:…}` is relative to and `location.file` falls back to. */
  readonly file: string;
  locate(pointer: string, of: PositionOf): SourceLocation & { readonly path: string };
  /** True where the statement stands in the document, not in the policy file. */
  inDocument(pointer: string): boolean;
}

interface Finding {
  readonly code: PolicyCode;
  readonly pointer: string;
  readonly of: PositionOf;
  readonly message: string;
  readonly hint: string | null;
}

/** Collects problems and warnings of one policy; lines and columns are looked up at the end, and only if there are any. */
export class PolicyProblems {
  readonly #source: StatementSource;
  readonly #problems: Finding[] = [];
  readonly #warnings: Finding[] = [];

  constructor(source: StatementSource) {
    this.#source = source;
  }

  add(code: PolicyCode, pointer: string, message: string, hint: string | null, of: PositionOf = 'value'): void {
    this.#problems.push({ code, pointer, of, message, hint });
  }

  warn(code: PolicyCode, pointer: string, message: string, hint: string | null, of: PositionOf = 'value'): void {
    this.#warnings.push({ code, pointer, of, message, hint });
  }

  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** True where a problem was found at, under or around the pointer: what depends on it would only repeat it. */
  touches(pointer: string): boolean {
    return this.#problems.some(
      ({ pointer: at }) => at === pointer || at.startsWith(`${pointer}/`) || pointer.startsWith(`${at}/`),
    );
  }

  /** Every problem, in the order of the file. */
  list(): ConfigurationProblem[] {
    return this.#problems.map((finding) => this.#place(finding)).sort(byPlace);
  }

  listWarnings(): ConfigurationProblem[] {
    return this.#warnings.map((finding) => this.#place(finding)).sort(byPlace);
  }

  throwIfAny(): void {
    if (this.any) throw new ConfigurationError(this.list());
  }

  #place({ code, pointer, of, message, hint }: Finding): ConfigurationProblem {
    const { file, line, column, path } = this.#source.locate(pointer, of);
    return { code, file, line, column, path, message, hint };
  }
}

/** The order of the files, and within each from top to bottom. */
export function byPlace(a: ConfigurationProblem, b: ConfigurationProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** Notes a problem at a place of the policy, or at the pointer `below` it. */
export type AddProblem = (code: PolicyCode, place: Place, below: string, message: string, hint: string | null) => void;
