import { coverOperation, type OwnerCheck } from '../../policy/ownership-coverage.ts';
import { isPublic } from '../../policy/permitted-operations.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { looseNameOf } from './loose-name.ts';
import { modesFor } from '../../policy/operation-policy.ts';
import { namesInBody } from './again-in-body.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { ConfigurationProblem } from '../../configuration-error.ts';
import type { Policy } from '../../policy/policy.ts';

/** Names that say that an object is meant: id, accountId, account_id, userIds, uuid. */
const NAMES_AN_OBJECT = /^(?:id|uuid|guid)s?$|[-_.](?:id|uuid|guid)s?$|[a-z0-9](?:Id|ID|Uuid|UUID|Guid|GUID)s?$/;
const MAX_NAMED = 8;

/**
 * Warns of operations that take the id of an object from somebody who is known, where nobody asks whose the object is: one warning for each
 * name of an id, and for each member of a body that is called like the owned id of the path or the query, which an upstream may prefer. Operations that anyone may call are left out, and those whose rule is off, which is warned of by itself.
 */
export function unownedOperations(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  const unowned = new Map<string, Operation[]>();
  for (const operation of document.operations) {
    if (isPublic(operation)) continue;
    const taken = operation.parameters.filter(
      (parameter) => (parameter.in === 'path' || parameter.in === 'query') && NAMES_AN_OBJECT.test(parameter.name),
    );
    if (modesFor(policy, operation).ownership === 'off') continue;
    const { checks } = coverOperation(document, policy, operation);
    for (const pointer of namedAgain(document, operation, checks)) {
      const key = `body:${pointer}`;
      unowned.set(key, [...(unowned.get(key) ?? []), operation]);
    }
    for (const parameter of taken) {
      if (
        checks.some(({ places }) =>
          places.some((place) => place.in === parameter.in && 'name' in place && place.name === parameter.name),
        )
      )
        continue;
      const key = `${parameter.in}.${parameter.name}`;
      unowned.set(key, [...(unowned.get(key) ?? []), operation]);
    }
  }
  return [...unowned].map(([place, operations]) => warn(document, place, operations));
}

function warn(document: ApiDocument, place: string, operations: readonly Operation[]): ConfigurationProblem {
  const [first] = operations as readonly [Operation, ...Operation[]];
  const named = operations.slice(0, MAX_NAMED).map(({ id }) => id);
  const more = operations.length - named.length;
  return {
    ...document.locate(first),
    code: 'OWNERSHIP_UNDECLARED',
    path: first.pointer,
    message: `nobody asks whose the object in ${place} is: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    hint: `Declare it under authorization.ownership: { id: ${place}, owner: response:/ownerId }, or { id: ${place}, public: true } where anybody may have it.`,
  };
}

/** Members of the body that some reader takes for an owned id of the path or the query, though the body declares them, and that are no place of an id themselves. */
function namedAgain(document: ApiDocument, operation: Operation, checks: readonly OwnerCheck[]): ReadonlySet<string> {
  const names = namesInBody(document, operation);
  const asked = new Set(
    checks.flatMap(({ places }) => places.flatMap((place) => (place.in === 'body' ? pointerOf(place.tokens) : []))),
  );
  const owned = checks.filter(({ resource }) => resource.test.kind !== 'public').flatMap(({ places }) => places);
  const again = owned.flatMap((place) => {
    if (place.in !== 'path' && place.in !== 'query') return [];
    const loose = looseNameOf(place);
    return names.flatMap((name) => {
      const path = loose.pathFrom(name);
      return path === null || asked.has(pointerOf([name])) ? [] : [pointerOf(path)];
    });
  });
  return new Set(again.filter((pointer) => !asked.has(pointer)));
}

function pointerOf(tokens: readonly string[]): string {
  return joinPointer('', ...tokens);
}
