import type { ApiDocument } from '../openapi/model.ts';
import type { RecordSource } from '../policy/encrypt-policy.ts';
import { pathNames } from '../policy/ownership-coverage.ts';
import { suggestName } from '../policy/suggest-name.ts';
import type { DeclaredPlaces } from './declared-places.ts';
import { slipOf, type UnknownName } from './unknown-name.ts';

/**
 * Names in `data.encrypt.record` that lead to no record: what is to be encrypted there would be refused. A parameter has to be of a path as it is written. A member
 * may stand in a body undeclared, so of these only a name is told that another is near, in other letters too: members are called exactly so.
 */
export function unknownRecords(
  document: ApiDocument,
  record: readonly RecordSource[],
  places: DeclaredPlaces,
): UnknownName[] {
  const parameters = new Set(document.operations.flatMap(pathNames));
  return record.flatMap(({ in: where, name, place }): UnknownName[] => {
    if (where === 'path') {
      if (parameters.has(name)) return [];
      const near = suggestName(name, parameters);
      const message = `no path of the document has a parameter ${name}, by which data.encrypt.record finds a record`;
      return [{ place, message, near: near === null ? null : `path.${near}` }];
    }
    const near = places.names.has(name) ? null : slipOf(name, places.names);
    const message = `no operation declares a property ${name}, by which data.encrypt.record finds a record`;
    return near === null ? [] : [{ place, message, near }];
  });
}
