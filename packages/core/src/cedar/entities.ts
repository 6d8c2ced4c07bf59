import type { CedarEntity } from './request.ts';
import type { CedarValue, EntityUid, RecordLike } from './value.ts';

/** Entities that are known before a request comes, by key. */
export type EntityStore = ReadonlyMap<string, CedarEntity>;

/** One entity as it is authored: with its direct parents. */
export interface AuthoredEntity {
  readonly uid: EntityUid;
  readonly parents: readonly EntityUid[];
  readonly attributes?: RecordLike;
  readonly tags?: ReadonlyMap<string, CedarValue>;
}

const NO_ATTRIBUTES: RecordLike = { has: () => false, get: () => undefined, names: () => [] };

/** Resolves what each entity is in, at any distance. A cycle ends where it began. */
export function createEntityStore(authored: readonly AuthoredEntity[]): EntityStore {
  const byKey = new Map(authored.map((entity) => [entity.uid.key, entity]));
  return new Map(
    authored.map((entity) => {
      const ancestors = new Set<string>();
      const open = [...entity.parents];
      for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
        if (ancestors.has(parent.key)) continue;
        ancestors.add(parent.key);
        open.push(...(byKey.get(parent.key)?.parents ?? []));
      }
      return [entity.uid.key, createEntity(ancestors, entity.attributes, entity.tags)] as const;
    }),
  );
}

/** An entity whose ancestors are known. */
export function createEntity(
  ancestors: ReadonlySet<string>,
  attributes: RecordLike = NO_ATTRIBUTES,
  tags?: ReadonlyMap<string, CedarValue>,
): CedarEntity {
  return { attributes, isIn: (key) => ancestors.has(key), tag: (name) => tags?.get(name) };
}
