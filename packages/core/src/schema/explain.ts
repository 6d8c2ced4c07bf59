import type { FoundIssue } from './choose-branch.ts';
import { EvaluationBudgetExceeded, evaluateSchema } from './evaluate-schema.ts';
import type { NormalizedGraph } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import type { SchemaIssue } from './schema-compiler.ts';
import { renderPath } from './value-path.ts';

export interface ExplainOptions {
  readonly graph: NormalizedGraph;
  readonly pattern: (source: string) => LinearPattern;
  readonly maxIssues: number;
}

/** What is wrong with a value that the validator has refused: at least one issue, at most `maxIssues`, one branch of a `oneOf`. */
export function explain(value: unknown, options: ExplainOptions): readonly SchemaIssue[] {
  try {
    const { issues } = evaluateSchema(value, { ...options, dropping: false });
    if (issues.length > 0) return issues.slice(0, options.maxIssues).map(toIssue);
  } catch (error) {
    if (!(error instanceof EvaluationBudgetExceeded)) throw error;
  }
  // The validator's verdict counts, also where this evaluation cannot say why.
  return [{ pointer: '', schema: options.graph.place(''), keyword: 'schema', message: 'does not match its schema' }];
}

export function toIssue(found: FoundIssue): SchemaIssue {
  return { pointer: renderPath(found.path), schema: found.place, keyword: found.keyword, message: found.message };
}
