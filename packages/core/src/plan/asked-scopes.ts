import type { ApiDocument } from '../openapi/model.ts';
import type { Audience } from '../policy/data-policy.ts';
import { readOperationExtension } from '../policy/operation-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { declaredGraph } from './declared-graph.ts';

/**
 * Every scope that a credential is asked for: by an operation of the document, by who may see or set data, or to be asked for no owner. Policies in Cedar may ask
 * for others.
 */
export function askedScopes(document: ApiDocument, policy: Policy): ReadonlySet<string> {
  const asked = new Set<string>();
  for (const { security } of document.operations)
    for (const alternative of security ?? [])
      for (const { scopes } of alternative) for (const one of scopes) asked.add(one);
  const hear = (audiences: Iterable<Audience>): void => {
    for (const { kind, name } of audiences) if (kind !== 'role') asked.add(name);
  };
  for (const list of [...(policy.data?.visible.values() ?? []), ...(policy.data?.writable.values() ?? [])]) hear(list);
  for (const { own } of declaredGraph(document).vertices) {
    hear(own?.visible ?? []);
    hear(own?.writable ?? []);
  }
  const stated = document.operations.flatMap((operation) =>
    (readOperationExtension(operation, null).policy.owners ?? []).filter((one) => typeof one !== 'string'),
  );
  for (const { unless } of [...(policy.ownership?.resources.values() ?? []), ...stated])
    for (const scope of unless.scopes) asked.add(scope);
  return asked;
}
