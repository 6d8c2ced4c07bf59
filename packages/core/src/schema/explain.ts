import { EvaluationBudgetExceeded, evaluateSchema } from './evaluate-schema.ts';
import type { NormalizedGraph } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import type { SchemaIssue } from './schema-compiler.ts';
import { renderPath } from './value-path.ts';

export interface ExplainOptions {
  readonly graph: NormalizedGraph;
  readonly pattern: (source: string) => LinearPattern;
  readonly maxIssues: number;
  readonly maxSteps?: number;
}

/** What is wrong with a value that the validator has refused: at least one issue, at most `maxIssues`, one branch of a `oneOf`. */
export function explain(value: unknown, options: ExplainOptions): readonly SchemaIssue[] {
  const { graph } = options;
  const { issues } = evaluateSchema(value, { ...options, dropping: false });
  // The validator's verdict counts, also where this evaluation should not find why.
  if (issues.length === 0)
    return [{ pointer: '', schema: graph.place(''), keyword: 'schema', message: 'does not match its schema' }];
  const told = new Map<string, SchemaIssue>();
  for (const found of issues.slice(0, options.maxIssues)) {
    const issue = {
      pointer: renderPath(found.path),
      schema: found.place,
      keyword: found.keyword,
      message: found.message,
    };
    // Several ways may lead to one rule.
    told.set(`${issue.pointer} ${issue.schema} ${issue.message}`, issue);
  }
  return [...told.values()];
}

/** Runs a check; one that would take too many steps, or go deeper than the call stack is, says no. */
export function withinBudget<T>(
  graph: NormalizedGraph,
  check: () => T,
  otherwise: (issues: readonly SchemaIssue[]) => T,
): T {
  try {
    return check();
  } catch (error) {
    // A schema that refers to itself through many alternatives goes as deep as they and the value together.
    if (!(error instanceof EvaluationBudgetExceeded || error instanceof RangeError)) throw error;
    return otherwise([{ pointer: '', schema: graph.place(''), keyword: 'schema', message: 'takes too long to check' }]);
  }
}
