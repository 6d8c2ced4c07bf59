import { UnusableSchemas, type UnusableOperation } from './unusable-schemas.ts';
import type { Plan } from './plan.ts';

/**
 * Compiles one operation after the other, a step at a time, so that the shell can do it while nothing else is to be done. Returns what is wrong with their
 * schemas, each fault once: how many operations share it is known only behind the last of them.
 */
export function* warmUp(plan: Plan): Generator<undefined, readonly UnusableOperation[]> {
  const found = new UnusableSchemas(plan.document);
  for (const { operation, checks } of plan.operations) {
    for (const unusable of checks().unusable ?? []) found.add(operation, unusable);
    yield;
  }
  return found.list();
}
