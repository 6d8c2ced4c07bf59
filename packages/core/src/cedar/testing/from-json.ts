import { EXTENSION_FUNCTIONS } from '../extension-functions.ts';
import { createEntityStore, type AuthoredEntity } from '../entities.ts';
import type { PolicyRequest } from '../policy-request.ts';
import { CedarSet, type CedarValue, EntityUid, recordOf } from '../value.ts';

/** A value of Cedar's JSON form. */
function valueFromJson(json: unknown): CedarValue {
  if (typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean') return json;
  if (Array.isArray(json)) return new CedarSet(json.map(valueFromJson));
  const object = json as Record<string, unknown>;
  if ('__entity' in object) return uidFromJson(object['__entity'] as UidJson);
  if ('__extn' in object) {
    const { fn, arg } = object['__extn'] as { fn: string; arg: string };
    const known = EXTENSION_FUNCTIONS.get(fn);
    if (known?.arity !== 1) throw new Error(`${fn} is no constructor`);
    return known.call(arg);
  }
  return recordOf(Object.entries(object).map(([name, member]) => [name, valueFromJson(member)] as const));
}

interface UidJson {
  readonly type: string;
  readonly id: string;
}

function uidFromJson({ type, id }: UidJson): EntityUid {
  return new EntityUid(type, id);
}

/** A request of Cedar's JSON form, over its entities. */
export function requestFromJson(
  request: {
    readonly principal: UidJson;
    readonly action: UidJson;
    readonly resource: UidJson;
    readonly context: Record<string, unknown>;
  },
  entities: readonly {
    readonly uid: UidJson;
    readonly parents: readonly UidJson[];
    readonly attrs: Record<string, unknown>;
    readonly tags: Record<string, unknown>;
  }[],
): PolicyRequest {
  const store = createEntityStore(
    entities.map(
      (entity): AuthoredEntity => ({
        uid: uidFromJson(entity.uid),
        parents: entity.parents.map(uidFromJson),
        attributes: recordOf(Object.entries(entity.attrs).map(([name, one]) => [name, valueFromJson(one)] as const)),
        tags: new Map(Object.entries(entity.tags).map(([name, one]) => [name, valueFromJson(one)] as const)),
      }),
    ),
  );
  const principal = uidFromJson(request.principal);
  const ancestors = [...store.keys()].filter((key) => store.get(principal.key)?.isIn(key) === true);
  return {
    principal,
    principalKeys: [principal.key, ...ancestors],
    action: uidFromJson(request.action),
    resource: uidFromJson(request.resource),
    context: valueFromJson(request.context) as PolicyRequest['context'],
    entity: (uid) => store.get(uid.key) ?? null,
  };
}
