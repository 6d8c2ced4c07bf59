import type { CedarRecord, CedarValue, EntityUid, RecordLike } from './value.ts';

/** What is known of one entity. */
export interface CedarEntity {
  readonly attributes: RecordLike;
  /** Whether the entity with this key is an ancestor, at any distance. */
  isIn(key: string): boolean;
  tag(name: string): CedarValue | undefined;
}

/** What a policy is asked about. */
export interface CedarRequest {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: CedarRecord;
  /** Null for an entity that nothing is known of. */
  entity(uid: EntityUid): CedarEntity | null;
}
