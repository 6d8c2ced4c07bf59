import { unusableProblems, type UnusableRule } from './unusable-rules.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Plan } from './plan.ts';

/** What is wrong with one operation, and whether it is refused over it. */
export interface UnusableOperation {
  readonly problem: ConfigurationProblem;
  readonly mode: UnusableRule['mode'];
}

/** Compiles one operation after the other, a step at a time, so that the shell can do it while nothing else is to be done. Yields what is wrong with each. */
export function* warmUp(plan: Plan): Generator<readonly UnusableOperation[]> {
  for (const { operation, checks } of plan.operations)
    yield (checks().unusable ?? []).flatMap((unusable) =>
      unusableProblems(plan.document, operation, unusable).map((problem) => ({ problem, mode: unusable.mode })),
    );
}
