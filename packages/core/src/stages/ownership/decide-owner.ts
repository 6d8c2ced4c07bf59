import { deny, type Denial } from '../../verdict/denial.ts';
import { isOwner } from './owner-facts.ts';
import { ruleOf } from './requested-ids.ts';
import type { Exchange } from '../../exchange.ts';
import type { OwnerAnswer } from './owner-answer.ts';
import type { OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Principal } from '../../principal.ts';

type Checked = Pick<OwnerCheck, 'resource'>;

/** Whether what was learnt lets the principal in. */
export function grants(check: Checked, principal: Principal, answer: OwnerAnswer): boolean {
  const { test } = check.resource;
  return answer.state === 'found' && test.kind === 'owner' && isOwner(principal, test.matches, answer.owners) === true;
}

/** Decides over what was learnt of one object. */
export function decideOwner(
  check: Checked,
  principal: Principal,
  answer: OwnerAnswer,
  id: string,
  exchange: Exchange,
): Denial | null {
  if (answer.state === 'failed') return denyFailed(check, answer.why);
  if (answer.state === 'missing') return denyMissing(check, id, exchange);
  if (answer.state === 'unknown') return denyUnknown(check, answer.why);
  const { test } = check.resource;
  const owns = test.kind === 'owner' ? isOwner(principal, test.matches, answer.owners) : null;
  if (owns === null) return denyUnknown(check, 'the answer has no owner where it should stand');
  return owns ? null : denyForeign(check, id, exchange);
}

/** The object is somebody else's. */
export function denyForeign(check: Checked, id: string, exchange: Exchange): Denial {
  note(check, id, exchange);
  return deny(check.resource.deny === 403 ? 'OWNERSHIP_FORBIDDEN' : 'OWNERSHIP_FOREIGN', 'ownership', {
    rule: ruleOf(check),
  });
}

/** There is no such object. */
export function denyMissing(check: Checked, id: string, exchange: Exchange): Denial {
  note(check, id, exchange);
  return deny('OBJECT_NOT_FOUND', 'ownership', { rule: ruleOf(check) });
}

export function denyUnknown(check: Checked, why: string): Denial {
  return deny('OWNERSHIP_UNKNOWN', 'ownership', { rule: ruleOf(check), facts: { why } });
}

export function denyFailed(check: Checked, why: string): Denial {
  return deny('OWNERSHIP_READ_FAILED', 'ownership', { rule: ruleOf(check), facts: { why } });
}

/** Kept for the signal of enumeration; a request that names many counts up to here. */
const MAX_NOTED = 100;

function note({ resource }: Checked, id: string, exchange: Exchange): void {
  if (exchange.strange.length < MAX_NOTED) exchange.strange.push(`${resource.name}/${id}`);
}
