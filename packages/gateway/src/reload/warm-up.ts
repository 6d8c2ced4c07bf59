import { warmUp, type Plan, type UnusableOperation } from '@sallyport/core';

/** A document of so many operations compiles in less time than a process takes to start: all of it is compiled at once. */
const SMALL_OPERATIONS = 100;

/**
 * Compiles what is not compiled yet, one operation at a time between exchanges, and reports each problem once. Returns what stops it. Until its turn comes, an operation is compiled by the first request for it.
 */
export function compileMeanwhile(plan: Plan, report: (unusable: UnusableOperation) => void): () => void {
  const steps = warmUp(plan);
  const reported = new Set<string>();
  let next: NodeJS.Immediate | null = null;
  const step = (): void => {
    next = null;
    const atOnce = plan.operations.length <= SMALL_OPERATIONS ? SMALL_OPERATIONS : 1;
    for (let count = 0; count <= atOnce; count++) {
      const result = steps.next();
      if (result.done === true) return;
      for (const unusable of result.value) {
        const { file, path, message } = unusable.problem;
        const key = `${file}\n${path}\n${message}`;
        if (reported.has(key)) continue;
        reported.add(key);
        report(unusable);
      }
    }
    // Not unref'd: such a one has its turn only when something else wakes the loop, and a door without traffic would go on for minutes.
    next = setImmediate(step);
  };
  step();
  return () => {
    if (next !== null) clearImmediate(next);
    next = null;
  };
}
