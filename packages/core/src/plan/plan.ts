import type { Operation } from '../openapi/model.ts';

/** One operation, compiled. */
export interface PlannedOperation {
  readonly operation: Operation;
}
