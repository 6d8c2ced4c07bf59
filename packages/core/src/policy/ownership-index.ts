import type { Operation } from '../openapi/model.ts';
import { oncePer } from '../once-per.ts';
import { add, indexByOperation, inOrder } from './by-operation.ts';
import type { IdPlace, OwnedResource } from './ownership-policy.ts';
import type { Policy } from './policy.ts';

/** Resources of a policy by what of a request could mean one of them. */
export interface OwnershipIndex {
  readonly byName: ReadonlyMap<string, OwnedResource>;
  /** Those that name the operation under `operations`. */
  readonly naming: (operation: Operation) => readonly OwnedResource[];
  /** Those that can ask something of the operation, in the order of the policy: `stated` are the names that it gives itself. */
  readonly candidates: (operation: Operation, stated: readonly string[]) => readonly OwnedResource[];
}

const NO_RESOURCES: ReadonlyMap<string, OwnedResource> = new Map();

export function ownershipIndex(policy: Policy): OwnershipIndex {
  return indexOf(policy.ownership?.resources ?? NO_RESOURCES);
}

/** Asking every resource about every operation would take a large policy minutes. */
const indexOf = oncePer((byName: ReadonlyMap<string, OwnedResource>): OwnershipIndex => {
  const all = [...byName.values()];
  const indexes = new Map(all.map((resource, index) => [resource, index]));
  const byPlace = new Map<string, number[]>();
  for (const [index, { ids, operations }] of all.entries())
    if (operations === null) for (const place of new Set(ids.map(placeKey))) add(byPlace, place, index);
  const naming = indexByOperation(all, ({ operations }) => operations ?? []);
  const listing = indexByOperation(all, ({ lists }) => lists.map(({ operation }) => operation));
  return {
    byName,
    naming,
    candidates(operation, stated) {
      const found = new Set<number>();
      const take = (resource: OwnedResource | undefined): void => {
        const index = resource === undefined ? undefined : indexes.get(resource);
        if (index !== undefined) found.add(index);
      };
      naming(operation).forEach(take);
      listing(operation).forEach(take);
      for (const name of stated) take(byName.get(name));
      for (const key of placesOf(operation)) for (const index of byPlace.get(key) ?? []) found.add(index);
      return inOrder(all, found);
    },
  };
});

/** Places in bodies are not told apart here: only the schema says which a body has. */
function placeKey(place: IdPlace): string {
  return place.in === 'body' ? 'body' : `${place.in} ${place.name}`;
}

function placesOf(operation: Operation): Set<string> {
  const places = new Set([...operation.path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => `path ${name}`));
  for (const { in: where, name } of operation.parameters)
    places.add(`${where} ${where === 'header' ? name.toLowerCase() : name}`);
  if (operation.requestBody !== null) places.add('body');
  return places;
}
