import { type CompiledPolicy } from './compile-policy.ts';
import type { EvaluationErrorKind } from './evaluation-error.ts';
import type { CedarRequest } from './request.ts';

/** What a set of policies says of a request, and which of them said it. */
export interface Authorization {
  readonly allowed: boolean;
  /** The policies that decided: the forbids that hold, else the permits that hold. Empty where nothing permits. */
  readonly determining: readonly string[];
  /** The policies that could not be evaluated, and why. */
  readonly errors: readonly {
    readonly id: string;
    readonly effect: 'permit' | 'forbid';
    readonly kind: EvaluationErrorKind;
  }[];
}

/**
 * Asks every policy. Nothing is allowed without a permit, and nothing that a forbid holds for. A permit that cannot be evaluated permits
 * nothing. A forbid that cannot be evaluated denies where `erring` is `deny`: what it was to keep out may be just this request; with
 * `skip` it is left out, as Cedar itself does.
 */
export function authorize(
  policies: readonly CompiledPolicy[],
  request: CedarRequest,
  erring: 'deny' | 'skip' = 'deny',
): Authorization {
  const permits: string[] = [];
  const forbids: string[] = [];
  const errors: { id: string; effect: 'permit' | 'forbid'; kind: EvaluationErrorKind }[] = [];
  for (const { id, effect, evaluate } of policies) {
    const verdict = evaluate(request);
    if (verdict === true) (effect === 'permit' ? permits : forbids).push(id);
    else if (verdict !== false) errors.push({ id, effect, kind: verdict.kind });
  }
  const erred = erring === 'deny' ? errors.filter(({ effect }) => effect === 'forbid').map(({ id }) => id) : [];
  const against = [...forbids, ...erred];
  return {
    allowed: against.length === 0 && permits.length > 0,
    determining: against.length > 0 ? against : permits,
    errors,
  };
}
