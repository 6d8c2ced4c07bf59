import { ConfigurationError, warmUp, type ConfigurationProblem, type Plan } from '@sallyport/core';

/** A document of so many operations compiles in less time than a process takes to start. */
const SMALL_OPERATIONS = 100;

/**
 * Compiles every schema of a small document, so that one that cannot be compiled is found before anything listens. Throws
 * `ConfigurationError` with all of them. A larger document is left to `compileMeanwhile`.
 */
export function compileSmall(plan: Plan): void {
  if (plan.operations.length > SMALL_OPERATIONS) return;
  const problems = [...warmUp(plan)].flat();
  if (problems.length > 0) throw new ConfigurationError(once(problems));
}

/**
 * Compiles what is not compiled yet, one operation at a time between exchanges, and reports each problem once. Returns what stops it.
 * Until its turn comes, an operation is compiled by the first request for it; one that cannot be compiled refuses every request.
 */
export function compileMeanwhile(plan: Plan, report: (problem: ConfigurationProblem) => void): () => void {
  const steps = warmUp(plan);
  const reported = new Set<string>();
  let next: NodeJS.Immediate | null = null;
  const step = (): void => {
    const result = steps.next();
    if (result.done === true) {
      next = null;
      return;
    }
    for (const problem of result.value) {
      if (reported.has(keyOf(problem))) continue;
      reported.add(keyOf(problem));
      report(problem);
    }
    next = setImmediate(step);
    next.unref();
  };
  if (plan.operations.length > SMALL_OPERATIONS) {
    next = setImmediate(step);
    next.unref();
  }
  return () => {
    if (next !== null) clearImmediate(next);
    next = null;
  };
}

function keyOf({ file, path, message }: ConfigurationProblem): string {
  return `${file}\n${path}\n${message}`;
}

/** A schema that several operations share is one problem for a person, not one for each. */
function once(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}
