import { EvaluationError } from './evaluation-error.ts';
import type { CedarRequest } from './request.ts';
import type { CedarValue } from './value.ts';

/** The value of an expression for a request. Throws an `EvaluationError` where it has none. */
export type Evaluator = (request: CedarRequest) => CedarValue;
export type Condition = (request: CedarRequest) => boolean;

const NO_BOOLEAN = new EvaluationError('type', 'a condition is neither true nor false');

/** An expression that has to be true or false: anything else is an error when it is evaluated. */
export function toCondition(evaluate: Evaluator): Condition {
  return (request) => {
    const value = evaluate(request);
    if (typeof value !== 'boolean') throw NO_BOOLEAN;
    return value;
  };
}

export function constant(value: CedarValue): Evaluator {
  return () => value;
}
