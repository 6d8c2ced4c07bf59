/** What kept an expression from having a value. */
export type EvaluationErrorKind =
  | 'type'
  | 'overflow'
  | 'attribute-missing'
  | 'entity-missing'
  | 'tag-missing'
  | 'extension'
  | 'unreadable';

/**
 * Thrown while a policy is evaluated, and caught where its verdict is taken. Made once, when the policy is compiled: a client that
 * can bring an error about must not have a stack trace collected for every request. Never holds a value of a request.
 */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly kind: EvaluationErrorKind;

  constructor(kind: EvaluationErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An attribute that is there and cannot be held by a type of Cedar. */
export const UNREADABLE = new EvaluationError(
  'unreadable',
  'an attribute of the request has a value that no type of Cedar can hold',
);
