import { PolicyCompileError } from './compile-error.ts';
import { EXTENSION_FUNCTIONS } from './extension-functions.ts';
import { type EntityJson, entityOf } from './policy-json.ts';
import { CedarSet, type CedarValue, EntityUid, recordOf } from './value.ts';

/** Reads a literal of Cedar's JSON form. Throws `PolicyCompileError`, and an `EvaluationError` where a literal of an extension is none. */
export function toConstant(json: unknown): CedarValue {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') {
    // Cedar's JSON form comes as JavaScript numbers: a larger one is rounded already, and would be compared as another.
    if (!Number.isSafeInteger(json))
      throw new PolicyCompileError('a number is beyond 9007199254740991, and would be rounded');
    return json === 0 ? 0 : json;
  }
  if (Array.isArray(json)) return new CedarSet(json.map(toConstant));
  if (typeof json === 'object' && json !== null) {
    if ('__entity' in json) {
      const { type, id } = entityOf(json as EntityJson);
      return new EntityUid(type, id);
    }
    if ('__extn' in json) return toExtension(json.__extn as { readonly fn: string; readonly arg: unknown });
    return recordOf(Object.entries(json).map(([name, member]) => [name, toConstant(member)] as const));
  }
  throw new PolicyCompileError('a value is of no type of Cedar');
}

function toExtension({ fn, arg }: { readonly fn: string; readonly arg: unknown }): CedarValue {
  const known = EXTENSION_FUNCTIONS.get(fn);
  if (known?.arity !== 1) throw new PolicyCompileError(`${fn} is no function of this version of Cedar`);
  return known.call(toConstant(arg));
}
