import { againInBody, mayMerge, meantInBody, type MeantInBody } from './again-in-body.ts';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { canOwn, ownsId } from './owner-facts.ts';
import { coverOperation, type OwnerCheck } from '../../policy/ownership-coverage.ts';
import { decideOwner, denyFailed, denyForeign, grants } from './decide-owner.ts';
import { describeCheck } from './describe-ownership.ts';
import { isExempt } from './principal-values.ts';
import { requestedIds, unclear } from './requested-ids.ts';
import type { DataStage } from '../stage.ts';
import type { Denial } from '../../verdict/denial.ts';
import type { Exchange } from '../../exchange.ts';
import type { OwnerAnswer } from './owner-answer.ts';
import type { Ports } from '../../ports.ts';

export interface OwnershipRule {
  readonly checks: readonly OwnerCheck[];
  /** Null where no id stands in the query. */
  readonly meant: MeantInBody | null;
  /** Some id stands in the body. */
  readonly inBody: boolean;
}

/** So many calls are under way at once for one request that names many objects. */
const ASKED_AT_ONCE = 8;

/**
 * Asks whose the objects are that a request names, before the upstream is asked: by the claims of the principal, by the id itself, or by a
 * call. Of objects that only the answer tells about it looks at the id alone; `ownedAnswer` decides over those. Denies where an id is
 * missing or could be read in two ways, where it is not the principal's, and where it cannot be told whose it is.
 */
export const ownership: DataStage<OwnershipRule> = {
  name: 'ownership',
  compile(operation, { document, policy }) {
    const checks = coverOperation(document, policy, operation).checks.filter(
      ({ resource }) => resource.test.kind !== 'public',
    );
    if (checks.length === 0) return null;
    const inBody = checks.some(({ places }) => places.some((place) => place.in === 'body'));
    return { checks, meant: meantInBody(document, operation, checks), inBody };
  },
  readsBody: ({ meant, inBody }, exchange) => inBody || (meant !== null && mayMerge(meant, exchange)),
  gather(rule, exchange, ports) {
    if (!rule.checks.some((check) => isAsked(check, exchange))) return undefined;
    return askAll(rule, exchange, ports);
  },
  asks(rule, exchange) {
    const principal = exchange.principal ?? ANONYMOUS;
    return (
      rule.checks.some(
        (check) =>
          isAsked(check, exchange) && !isExempt(principal, check.resource) && canOwn(principal, check.resource),
      ) && decideNow(rule, principal, exchange) === null
    );
  },
  decide(rule, exchange) {
    const principal = exchange.principal ?? ANONYMOUS;
    const denial = decideNow(rule, principal, exchange);
    if (denial !== null) return denial;
    for (const [index, check] of rule.checks.entries()) {
      if (!isAsked(check, exchange) || isExempt(principal, check.resource)) continue;
      const ids = idsOf(check, exchange);
      if ('code' in ids) return ids;
      for (const id of ids) {
        const answer = exchange.owners?.get(keyOf(index, id));
        const refused =
          answer === undefined
            ? denyFailed(check, 'nobody was asked')
            : decideOwner(check, principal, answer, id, exchange);
        if (refused !== null) return refused;
      }
    }
    return null;
  },
  describe: ({ checks }) => checks.flatMap(describeCheck),
};

/** Whether a call decides; of HEAD there is no answer to look into. */
function isAsked(check: OwnerCheck, exchange: Exchange): boolean {
  return check.how === 'read' || (check.how === 'answer' && exchange.method === 'HEAD');
}

/** What the request alone decides, without waiting for anybody. */
function decideNow({ checks, meant }: OwnershipRule, principal: Principal, exchange: Exchange): Denial | null {
  let find: ReturnType<typeof againInBody> | null = null;
  for (const check of checks) {
    const { resource } = check;
    if (isExempt(principal, resource)) continue;
    const ids = idsOf(check, exchange);
    if ('code' in ids) return ids;
    if (meant !== null) {
      find ??= againInBody(meant, exchange);
      const again = find(check);
      if (again !== null) return unclear(check, again, 'no second id');
    }
    const { test } = resource;
    for (const id of ids)
      if (check.how === 'now' ? !ownsId(principal, test, id) : !canOwn(principal, resource))
        return denyForeign(check, id, exchange);
  }
  return null;
}

async function askAll(rule: OwnershipRule, exchange: Exchange, ports: Ports): Promise<void> {
  const principal = exchange.principal ?? ANONYMOUS;
  const answers = new Map<string, OwnerAnswer>();
  exchange.owners = answers;
  exchange.requestedIds = new Map();
  // Who is refused anyway makes nobody work.
  if (decideWithoutTrace(rule, principal, exchange)) return;
  for (const [index, check] of rule.checks.entries()) {
    if (!isAsked(check, exchange) || isExempt(principal, check.resource)) continue;
    const ids = idsOf(check, exchange);
    if ('code' in ids) return;
    for (let from = 0; from < ids.length; from += ASKED_AT_ONCE) {
      const asked = ids.slice(from, from + ASKED_AT_ONCE);
      const got = await Promise.all(asked.map((id) => ask(check, principal, id, exchange, ports)));
      for (const [at, answer] of got.entries()) answers.set(keyOf(index, asked[at] ?? ''), answer);
      if (!got.every((answer) => grants(check, principal, answer))) return;
    }
  }
}

function decideWithoutTrace(rule: OwnershipRule, principal: Principal, exchange: Exchange): boolean {
  const noted = exchange.strange.length;
  const denied = decideNow(rule, principal, exchange) !== null;
  exchange.strange.length = noted;
  return denied;
}

/**
 * An answer that is kept lets an owner in; it keeps nobody out for longer than a moment. So whether somebody else has just used the object
 * cannot be told from how fast a stranger is refused, and a new owner is not kept waiting.
 */
async function ask(
  check: OwnerCheck,
  principal: Principal,
  id: string,
  exchange: Exchange,
  ports: Ports,
): Promise<OwnerAnswer> {
  const { owners } = ports;
  if (owners === undefined) return { state: 'failed', why: 'nobody can be asked here', askedMs: exchange.nowMs };
  const { cacheMs, refusalCacheMs } = check.resource.read;
  const known = await owners.ask(check, id, exchange, exchange.nowMs - cacheMs);
  const fresh = exchange.nowMs - refusalCacheMs;
  return known.askedMs >= fresh || grants(check, principal, known)
    ? known
    : await owners.ask(check, id, exchange, fresh);
}

/** What was found before the call is what is decided over after it. */
function idsOf(check: OwnerCheck, exchange: Exchange): readonly string[] | Denial {
  const kept = exchange.requestedIds?.get(check);
  if (kept !== undefined) return kept;
  const ids = requestedIds(check, exchange);
  exchange.requestedIds?.set(check, ids);
  return ids;
}

function keyOf(check: number, id: string): string {
  return `${check}/${id}`;
}
