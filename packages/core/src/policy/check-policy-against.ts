import type { ConfigurationProblem } from '../configuration-error.ts';
import type { ApiDocument, Operation } from '../openapi/model.ts';
import { checkRolesAgainst } from './check-roles-against.ts';
import { joinPointer } from '../json/json-pointer.ts';
import {
  entriesFor,
  isOwnKey,
  mergeOperationPolicies,
  operationKeys,
  readOperationExtension,
  statedFor,
} from './operation-policy.ts';
import type { LimitRule, OperationPolicy, Policy } from './policy.ts';
import type { Place } from './place.ts';
import type { PolicyCode } from './policy-codes.ts';
import { checkOwnership } from './check-ownership.ts';
import { byPlace, type AddProblem } from './policy-problems.ts';
import { limitsByOperation } from './by-operation.ts';
import { finish, type Steps } from '../steps.ts';
import { suggestName } from './suggest-name.ts';

/**
 * Every place where the policy does not fit the document: operations, tags and security schemes that are not there, entries that
 * contradict each other, limits that could never count or never let through, and whatever is wrong in the `x-sallyport` of an operation.
 * An empty list means that nothing in the policy is without effect by mistake.
 */
export function checkPolicyAgainst(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  return finish(checkPolicySteps(document, policy));
}

/** The same in pieces. */
export function* checkPolicySteps(document: ApiDocument, policy: Policy): Steps<ConfigurationProblem[]> {
  const problems: ConfigurationProblem[] = [];
  const add = (code: PolicyCode, place: Place, below: string, message: string, hint: string | null): void => {
    const at = place === null ? null : { file: place.file, pointer: place.pointer + below };
    const location = policy.locate?.(at) ?? { file: policy.file ?? '', line: 0, column: 0 };
    problems.push({ code, ...location, path: at?.pointer ?? '', message, hint });
  };
  const keys = operationKeys(document);
  checkKeys(keys, policy, add);
  checkLimits(keys, policy, add);
  checkSchemes(document, policy, add);
  checkRolesAgainst(document, policy, add);
  checkThreats(keys, policy, add);
  for (const operation of document.operations) {
    const extension = readOperationExtension(operation, (place) => document.locate(place));
    problems.push(...extension.problems);
    checkOperation(operation, policy, extension.policy, add);
    yield;
  }
  // What is wrong in an extension was said above; asking it again would throw.
  if (problems.length === 0) yield* checkOwnership(document, policy, add);
  return problems.sort(byPlace);
}

function checkKeys(keys: ReadonlySet<string>, policy: Policy, add: AddProblem): void {
  for (const [key, entry] of policy.operations) {
    if (!keys.has(key))
      add(
        'POLICY_OPERATION_UNKNOWN',
        entry.place,
        '',
        'the document has no such operation',
        nearestOperation(key, keys),
      );
  }
}

function checkLimits(keys: ReadonlySet<string>, policy: Policy, add: AddProblem): void {
  const kinds = new Set([...policy.authentication.values()].map((entry) => entry.kind));
  for (const limit of policy.limits) {
    for (const [index, key] of (limit.operations ?? []).entries()) {
      // The limit of an entry in `operations` has that entry's key, which was looked at above.
      if (policy.operations.has(key) && limit.place?.pointer.startsWith(joinPointer('/operations', key)) === true)
        continue;
      if (!keys.has(key))
        add(
          'POLICY_OPERATION_UNKNOWN',
          limit.place,
          `/operations/${index}`,
          'the document has no such operation',
          nearestOperation(key, keys),
        );
    }
    const missing = missingIdentity(limit, kinds);
    if (missing !== null)
      add(
        'POLICY_LIMIT_KEY_ABSENT',
        limit.place,
        '/by',
        missing,
        'Configure authentication for it, or count by address.',
      );
  }
}

function checkThreats(keys: ReadonlySet<string>, policy: Policy, add: AddProblem): void {
  for (const exception of policy.threats?.exceptions ?? []) {
    for (const [index, key] of (exception.operations ?? []).entries())
      if (!keys.has(key))
        add(
          'POLICY_OPERATION_UNKNOWN',
          exception.place,
          `/operations/${index}`,
          'the document has no such operation',
          nearestOperation(key, keys),
        );
  }
}

function missingIdentity(limit: LimitRule, kinds: ReadonlySet<string>): string | null {
  if (limit.by.kind === 'key' && !kinds.has('api-key'))
    return 'no security scheme takes API keys, so there is nothing to count by';
  if ((limit.by.kind === 'principal' || limit.by.kind === 'claim') && kinds.size === 0)
    return 'no security scheme is configured, so every client would be the same one';
  return null;
}

function checkSchemes(document: ApiDocument, policy: Policy, add: AddProblem): void {
  for (const [name, entry] of policy.authentication) {
    if (document.securitySchemes.has(name)) continue;
    const near = suggestName(name, document.securitySchemes.keys());
    const names = [...document.securitySchemes.keys()].slice(0, 10).join(', ');
    add(
      'POLICY_SCHEME_UNKNOWN',
      entry.place,
      '',
      'the document has no such security scheme',
      near === null
        ? names === ''
          ? 'It has none: add one under components.securitySchemes.'
          : `It has: ${names}.`
        : `Did you mean ${near}?`,
    );
  }
}

const SETTINGS = [
  'cost',
  'maxBodyBytes',
  'timeoutMs',
  'deprecatedAtMs',
  'sunsetAtMs',
  'undeclaredProperties',
  'undeclaredResponse',
] as const;

function checkOperation(operation: Operation, policy: Policy, extension: OperationPolicy, add: AddProblem): void {
  const entries = entriesFor(policy, operation);
  const own = entries.filter(([key]) => isOwnKey(key, operation)).map(([, entry]) => entry);
  if (own.length > 1)
    add(
      'POLICY_OPERATION_TWICE',
      own[1]?.place ?? null,
      '',
      'another entry is the same operation',
      'Keep the one with its operationId.',
    );
  const tags = entries.filter(([key]) => !isOwnKey(key, operation)).map(([, entry]) => entry);
  checkTags(tags, own, add);
  const merged = mergeOperationPolicies([extension, ...statedFor(policy, operation)]);
  if (
    merged.deprecatedAtMs !== null &&
    merged.sunsetAtMs !== null &&
    merged.sunsetAtMs < merged.deprecatedAtMs &&
    entries.length > 0
  ) {
    add(
      'POLICY_CONTRADICTION',
      entries[0]?.[1].place ?? null,
      '',
      `the operation ${operation.id} ends before it is deprecated`,
      'A sunset is never before the deprecation (RFC 9745, section 4).',
    );
  }
  const cost = merged.cost ?? 1;
  for (const limit of limitsByOperation(policy.limits)(operation)) {
    if (cost > limit.burst) {
      add(
        'POLICY_COST_ABOVE_LIMIT',
        merged.place ?? limit.place,
        '',
        `the operation ${operation.id} costs ${cost}, and the limit ${limit.name} never has more than ${limit.burst}`,
        'Lower the cost, or raise burst or the rate.',
      );
    }
  }
}

/** Two tags may say the same, or different things; but only one thing each that the operation's own entry does not decide. */
function checkTags(tags: readonly OperationPolicy[], own: readonly OperationPolicy[], add: AddProblem): void {
  for (const [index, tag] of tags.entries()) {
    for (const other of tags.slice(0, index)) {
      const decided = mergeOperationPolicies(own);
      const differs = SETTINGS.some(
        (name) => decided[name] === null && tag[name] !== null && other[name] !== null && tag[name] !== other[name],
      );
      const rules = (Object.keys(tag.modes) as (keyof typeof tag.modes)[]).filter(
        (rule) =>
          decided.modes[rule] === undefined && other.modes[rule] !== undefined && other.modes[rule] !== tag.modes[rule],
      );
      if (differs || rules.length > 0)
        add(
          'POLICY_OPERATION_CONFLICT',
          tag.place,
          '',
          'an operation with two tags is told two different things',
          'Say it for the operation itself, by its operationId.',
        );
    }
  }
}

function nearestOperation(key: string, known: ReadonlySet<string>): string | null {
  const near = suggestName(key, known);
  return near === null ? 'Write an operationId, METHOD /path or tag:NAME of the document.' : `Did you mean ${near}?`;
}
