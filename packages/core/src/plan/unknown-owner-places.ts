import type { ConfigurationProblem } from '../configuration-error.ts';
import { joinPointer, parsePointer } from '../json/json-pointer.ts';
import type { ApiDocument, Operation } from '../openapi/model.ts';
import { modesFor } from '../policy/operation-policy.ts';
import { coverOperation } from '../policy/ownership-coverage.ts';
import type { OwnedList, OwnedResource } from '../policy/ownership-policy.ts';
import type { Place } from '../policy/place.ts';
import type { Policy } from '../policy/policy.ts';
import { schemasOf } from '../stages/data/body-places.ts';
import { declaredGraph } from './declared-graph.ts';
import { DeclaredPlaces } from './declared-places.ts';
import { slipOf } from './unknown-name.ts';

/** A place in the answer of an operation that ownership goes by. */
interface Sought {
  readonly operation: Operation;
  readonly tokens: readonly string[];
  readonly place: Place;
}

/**
 * Warns of places in answers that say whose an object is, or what of a list is whose, and that are one slip away from one that the document declares: nobody would
 * own anything. Silent about others: the owner often stands in an answer undeclared, and is left out on its way.
 */
export function unknownOwnerPlaces(
  document: ApiDocument,
  policy: Policy,
  graph = () => declaredGraph(document),
): ConfigurationProblem[] {
  const sought = document.operations
    .filter((operation) => modesFor(policy, operation).ownership !== 'off')
    .flatMap((operation) => soughtBy(document, policy, operation));
  if (sought.length === 0) return [];
  const places = new DeclaredPlaces(graph());
  const told = new Map<string, ConfigurationProblem>();
  for (const { operation, tokens, place } of sought) {
    const near = nearestOf(operation, tokens, places);
    if (near === null) continue;
    const pointer = joinPointer('', ...tokens);
    told.set(JSON.stringify([place?.file, place?.pointer, pointer]), {
      ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
      code: 'POLICY_FIELD_UNKNOWN',
      path: place?.pointer ?? '',
      message: `the answer of ${operation.id} declares nothing at ${pointer}, where ownership looks`,
      hint: `Did you mean response:${near}?`,
    });
  }
  return [...told.values()];
}

function soughtBy(document: ApiDocument, policy: Policy, operation: Operation): Sought[] {
  const { checks, lists } = coverOperation(document, policy, operation);
  const objects = checks.flatMap(({ resource, how, read }) => {
    const asked = how === 'answer' ? operation : read?.kind === 'operation' ? read.operation : null;
    return asked === null
      ? []
      : ownersOf(resource).map((tokens) => ({ operation: asked, tokens, place: resource.place }));
  });
  const items = lists.flatMap(({ list }) => placesOf(list).map((tokens) => ({ operation, tokens, place: list.place })));
  return [...objects, ...items];
}

function ownersOf({ test }: OwnedResource): readonly (readonly string[])[] {
  return test.kind === 'owner' ? test.matches.map(({ tokens }) => tokens) : [];
}

function placesOf({ list, item, total, hide }: OwnedList): readonly (readonly string[])[] {
  const members = [...total, ...hide].flatMap((one) => ('tokens' in one ? [one.tokens] : []));
  return [...item.map((tokens) => [...list, '*', ...tokens]), ...members];
}

/** The declared place that was most likely meant; null where the place is declared, or none is a slip away. */
function nearestOf({ responses }: Operation, tokens: readonly string[], places: DeclaredPlaces): string | null {
  const roots = responses
    .filter(({ status }) => /^(?:2..|default)$/i.test(status))
    .flatMap(({ content }) => content)
    .flatMap(schemasOf);
  const led = roots.length === 0 ? null : places.instead(roots, tokens, 'asked-for');
  if (led === null) return null;
  const near = slipOf(led.token, led.names);
  if (near === null) return null;
  const meant = tokens.with(parsePointer(led.before).length, near);
  return places.instead(roots, meant, 'asked-for') === null ? joinPointer('', ...meant) : null;
}
