import type { Exchange, OperationChecks, PlannedAnswerStep, ResponseDecision } from '@sallyport/core';
import { answerHead, isCompressed } from './answer-head.ts';

/** The stages that look at an answer between the check of it and the reply, or once it has gone out. */
export interface AnswerGuards {
  /** One of them looks before it goes on. */
  readonly any: boolean;
  /** Without one of them it must not go on, however large it is. */
  readonly must: boolean;
  /** Something encrypted is opened in it before all else. */
  readonly opens: boolean;
  /** Those that look at it as it comes; null where none does, or one of them awaits the whole. */
  readonly inPieces: readonly PlannedAnswerStep[] | null;
  /** Those that look once it has gone out. */
  readonly looks: readonly PlannedAnswerStep[];
}

export const NO_GUARDS: AnswerGuards = Object.freeze({
  any: false,
  must: false,
  opens: false,
  inPieces: null,
  looks: Object.freeze([]),
});

/** Which stages of an operation look at an answer, by its status and its head. */
export function chooseGuards(
  checks: OperationChecks | null,
  status: number,
  decision: ResponseDecision,
  exchange: Exchange,
): AnswerGuards {
  if (checks === null) return NO_GUARDS;
  if (checks.answer.length === 0 && checks.looks.length === 0 && (checks.opening ?? null) === null) return NO_GUARDS;
  const head = answerHead(decision);
  const opens = checks.opening?.wants(status, head.contentType) ?? false;
  const wanting = checks.answer.filter((step) => step.wants(status, exchange, head));
  const takesPieces =
    decision.body === 'stream' &&
    !opens &&
    !isCompressed(decision) &&
    wanting.length > 0 &&
    wanting.every((step) => step.takesPieces(status, exchange, head));
  return {
    any: opens || wanting.length > 0,
    must: opens || wanting.some((step) => step.mode === 'enforce' && !step.mayMiss),
    opens,
    inPieces: takesPieces ? wanting : null,
    looks: checks.looks.filter((step) => step.wants(status, exchange, head)),
  };
}
