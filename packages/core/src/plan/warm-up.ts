import { compileChecks } from './check-plan.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Plan } from './plan.ts';

/** Compiles one operation after the other, a step at a time, so that the shell can do it while nothing else is to be done. Yields the problems of each. */
export function* warmUp(plan: Plan): Generator<readonly ConfigurationProblem[]> {
  for (const operation of plan.operations) {
    const problems: ConfigurationProblem[] = [];
    compileChecks(plan, operation, problems);
    yield problems;
  }
}
