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
  readonly maxSteps?: number;
}

/** Finding what is wrong may take a quarter of the steps that deciding may, or as many as these: the answer is no, whatever it finds. */
const FEW_STEPS = 200_000;

/** What is wrong with a value that the validator has refused: at least one issue, at most `maxIssues`, one branch of a `oneOf`. */
export function explain(value: unknown, options: ExplainOptions): readonly SchemaIssue[] {
  const { graph } = options;
  const issues = issuesOf(value, options);
  // The validator's verdict counts, also where this evaluation should not find why, or not soon.
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

function issuesOf(value: unknown, options: ExplainOptions): readonly FoundIssue[] {
  const { maxSteps = FEW_STEPS } = options;
  try {
    const bounded = Math.min(maxSteps, Math.max(FEW_STEPS, Math.ceil(maxSteps / 4)));
    return evaluateSchema(value, { ...options, maxSteps: bounded, dropping: false }).issues;
  } catch (error) {
    if (error instanceof EvaluationBudgetExceeded) return [];
    throw error;
  }
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
