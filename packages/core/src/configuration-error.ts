/** Where a problem stands, for a person: `line` and `column` count from 1; both are 0 where the problem is the whole file. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One problem of a document or a policy. `path` is a JSON Pointer into `file`; `hint` says what to write instead. */
export interface ConfigurationProblem extends SourceLocation {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What a code of such a problem means, for the reference. A warning's title says that it is one. */
export interface ConfigurationCodeEntry {
  readonly title: string;
  readonly remedy: string;
}

/** Thrown once, at compile time, with every problem found; nothing starts (exit code 2). */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly ConfigurationProblem[];
  /** What is allowed and yet worth a word, as far as it could be told beside the problems. */
  readonly warnings: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], warnings: readonly ConfigurationProblem[] = []) {
    super(problems.map(renderConfigurationProblem).join('\n'));
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** Renders one problem as `file:line:column CODE message`, the hint on a line of its own. */
export function renderConfigurationProblem(problem: ConfigurationProblem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const hint = problem.hint === null ? '' : `\n    ${problem.hint.replaceAll('\n', '\n    ')}`;
  return `${place} ${problem.code} ${problem.message}${hint}`;
}
