import { ANONYMOUS, type Principal } from '../../principal.ts';
import { coverOperation, type Coverage, type OwnerCheck } from '../../policy/ownership-coverage.ts';
import { decideOwner, denyFailed, denyMissing, denyUnknown } from './decide-owner.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { exemptText, ownerText } from './describe-ownership.ts';
import { filterList, hideHeaders } from './filter-list.ts';
import { isExempt } from './principal-values.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { readOwners } from './owner-facts.ts';
import { requestedIds } from './requested-ids.ts';
import type { CompileContext } from '../stage.ts';
import type { Exchange } from '../../exchange.ts';
import type { Mode } from '../../policy/policy.ts';
import type { Operation } from '../../openapi/model.ts';
import type { UpstreamAnswer } from '../upstream-answer.ts';

/** What ownership asks of the answers of one operation. */
export interface OwnedAnswerRule {
  readonly mode: Exclude<Mode, 'off'>;
  /** Objects whose owner the answer names. */
  readonly answered: readonly OwnerCheck[];
  /** One of all that guard the operation: what the upstream does not find is answered in its name. Null where only lists are guarded. */
  readonly guard: OwnerCheck | null;
  readonly lists: Coverage['lists'];
}

/** Compiles it; null where there is nothing to ask. */
export function compileOwnedAnswer(
  operation: Operation,
  { document, policy }: CompileContext,
  mode: Mode,
): OwnedAnswerRule | null {
  if (mode === 'off') return null;
  const { checks, lists } = coverOperation(document, policy, operation);
  const guards = checks.filter(({ resource }) => resource.test.kind !== 'public');
  const filtered = lists.filter(({ resource }) => resource.test.kind !== 'public');
  if (guards.length === 0 && filtered.length === 0) return null;
  return { mode, answered: guards.filter(({ how }) => how === 'answer'), guard: guards[0] ?? null, lists: filtered };
}

/** What is to be done with an answer: refused at once, looked into when it is whole, or passed on. `head` is passed on without what counts. */
export type HeadVerdict = { readonly denial: Denial } | 'whole' | 'head' | 'pass';

/** An answer that a shared fault of the API gives for every object, its own or not. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Decides over the status of an answer, before anything else is: a stranger must not learn from a missing body, an error or a broken schema
 * that an object exists. What the upstream does not find is answered as what belongs to others.
 */
export function decideOwnedHead(rule: OwnedAnswerRule, status: number, exchange: Exchange): HeadVerdict {
  const principal = exchange.principal ?? ANONYMOUS;
  const open = openChecks(rule, principal, exchange);
  if (rule.guard !== null && (status === 404 || status === 410))
    return { denial: denyMissing(rule.guard, open[0] === undefined ? '' : idOf(open[0], exchange), exchange) };
  const [first] = open;
  if (first !== undefined) {
    if (status >= 200 && status <= 203) return 'whole';
    if (OVERLOADED.has(status) || (status >= 500 && first.resource.upstreamErrors === 'told'))
      return { denial: denyFailed(first, `the upstream answered ${status}`) };
    return { denial: denyUnknown(first, `the upstream answered ${status}`) };
  }
  const [list] = openLists(rule, principal);
  if (list === undefined || status < 200 || status === 204 || status === 205) return 'pass';
  if (status === 206 || status === 304) return { denial: denyUnreadable(list, `the upstream answered ${status}`) };
  if (status >= 300) return 'pass';
  return exchange.method === 'HEAD' ? 'head' : 'whole';
}

/** Decides over a whole answer, and takes out of its lists what is not the principal's; where the rule is only observed, it says what it would have taken out. */
export function decideOwnedAnswer(rule: OwnedAnswerRule, answer: UpstreamAnswer, exchange: Exchange): Denial | null {
  const principal = exchange.principal ?? ANONYMOUS;
  const { json } = answer;
  for (const check of openChecks(rule, principal, exchange)) {
    const { test } = check.resource;
    if (test.kind !== 'owner') continue;
    if (json === null) return denyUnknown(check, 'the answer is no JSON document');
    const owners = readOwners(
      json,
      json.root,
      test.matches.map(({ tokens }) => tokens),
    );
    const found = { state: 'found', owners, askedMs: exchange.nowMs } as const;
    const denial = decideOwner(check, principal, found, idOf(check, exchange), exchange);
    if (denial !== null) return denial;
  }
  for (const owned of openLists(rule, principal)) {
    if (json === null) return denyUnreadable(owned, 'the answer is no JSON document');
    const foreign = filterList(owned, json, answer, principal, rule.mode === 'enforce');
    if (foreign === null) return denyUnreadable(owned, `no list at ${joinPointer('', ...owned.list.list) || '/'}`);
    if (foreign > 0 && rule.mode === 'observe')
      return deny('OWNERSHIP_FOREIGN', 'ownership', {
        rule: `ownership/${owned.resource.name}`,
        facts: { items: foreign },
      });
  }
  return null;
}

/** What is denied where an answer that is to be looked into is not whole: cut off, or too large to collect. */
export function denyNotWhole(rule: OwnedAnswerRule, why: string, exchange: Exchange): Denial | null {
  const principal = exchange.principal ?? ANONYMOUS;
  const [check] = openChecks(rule, principal, exchange);
  if (check !== undefined) return denyUnknown(check, why);
  const [list] = openLists(rule, principal);
  return list === undefined ? null : denyUnreadable(list, why);
}

/** Takes what counts out of an answer to HEAD. */
export function hideFromHead(rule: OwnedAnswerRule, headers: string[], exchange: Exchange): void {
  for (const { list } of openLists(rule, exchange.principal ?? ANONYMOUS)) hideHeaders(list, headers, null);
}

/** What is looked at in answers, in words. */
export function describeOwnedAnswer({ answered, guard, lists }: OwnedAnswerRule): string[] {
  const lines = answered.map(
    ({ resource }) =>
      `${resource.name}: passed on where ${ownerText(resource)}${exemptText(resource)}, else ${resource.deny}`,
  );
  if (guard !== null) lines.push('what the upstream does not find is answered like what belongs to others');
  for (const { resource, list } of lists)
    lines.push(
      `items of ${joinPointer('', ...list.list) || 'the list'} that are not the caller's ${resource.name} are taken out${exemptText(resource).replace(', or', ', but not for')}`,
    );
  return lines;
}

/** Objects that nobody has been asked about yet. */
function openChecks(rule: OwnedAnswerRule, principal: Principal, exchange: Exchange): readonly OwnerCheck[] {
  if (rule.answered.length === 0 || exchange.method === 'HEAD') return NOTHING;
  return rule.answered.filter(({ resource }) => !isExempt(principal, resource));
}

function openLists(rule: OwnedAnswerRule, principal: Principal): Coverage['lists'] {
  return rule.lists.length === 0 ? rule.lists : rule.lists.filter(({ resource }) => !isExempt(principal, resource));
}

const NOTHING: readonly OwnerCheck[] = Object.freeze([]);

function denyUnreadable({ resource }: Coverage['lists'][number], why: string): Denial {
  return deny('OWNERSHIP_LIST_UNREADABLE', 'ownership', { rule: `ownership/${resource.name}`, facts: { why } });
}

function idOf(check: OwnerCheck, exchange: Exchange): string {
  const ids = requestedIds(check, exchange);
  return 'code' in ids ? '' : (ids[0] ?? '');
}
