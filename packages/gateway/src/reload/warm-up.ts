import { warmUp, type Plan, type UnusableOperation } from '@sallyport/core';

/** A document of so many operations compiles in less time than a process takes to start: all of it is compiled at once. */
const SMALL_OPERATIONS = 100;

/** Who is told of what compiling finds. */
export interface CompileReport {
  unusable(unusable: UnusableOperation): void;
  /** Going on failed for a reason of its own. What is left is compiled by the first request for it. */
  stopped(error: unknown): void;
}

/** Compiles a small plan whole, before anybody is let in by it: what is wrong with it then keeps it from being taken, and nothing else. */
export function compileSmall(plan: Plan): void {
  if (isSmall(plan)) for (const { checks } of plan.operations) checks();
}

/**
 * Compiles what is not compiled yet, one operation at a time between exchanges, and reports at the end what is wrong, each fault once. Returns what stops it. Until its turn comes, an operation is compiled by the first request for it.
 */
export function compileMeanwhile(plan: Plan, report: CompileReport): () => void {
  const steps = warmUp(plan);
  // One more than operations: the step behind the last says that it was the last.
  const atOnce = isSmall(plan) ? SMALL_OPERATIONS + 1 : 1;
  let next: NodeJS.Immediate | null = null;
  const compile = (): boolean => {
    for (let count = 0; count < atOnce; count++) {
      const result = steps.next();
      if (result.done !== true) continue;
      for (const unusable of result.value) report.unusable(unusable);
      return true;
    }
    return false;
  };
  const step = (): void => {
    next = null;
    try {
      if (compile()) return;
    } catch (error) {
      // Uncaught, in a turn of its own, it would end the process and every connection with it.
      report.stopped(error);
      return;
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

function isSmall(plan: Plan): boolean {
  return plan.operations.length <= SMALL_OPERATIONS;
}
