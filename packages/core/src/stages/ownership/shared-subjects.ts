import { joinPointer } from '../../json/json-pointer.ts';
import { issuerNames } from '../../policy/issuer-names.ts';
import { readOperationExtension } from '../../policy/operation-policy.ts';
import type { ApiDocument } from '../../openapi/model.ts';
import type { ConfigurationProblem } from '../../configuration-error.ts';
import { type OwnedResource, valuesOf } from '../../policy/ownership-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/**
 * Warns where owners are compared with subjects and several issuers give them out: `bob` of one would own what `bob` of another does. Keys and passwords do
 * not count, for whoever wrote the policy wrote their subjects. Silent where `issuers` tells them apart, or where the issuer is compared too.
 */
export function sharedSubjects(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  const named = [...policy.authentication].flatMap(([scheme, entry]) => issuerNames(scheme, entry));
  const issuers = [...new Set(named.flatMap(({ name, isForeign }) => (isForeign ? [name] : [])))];
  if (issuers.length < 2) return [];
  const stated = document.operations.flatMap((operation) =>
    (readOperationExtension(operation, null).policy.owners ?? []).filter((one) => typeof one !== 'string'),
  );
  const resources = [...(policy.ownership?.resources.values() ?? []), ...stated];
  const asked = resources.filter(comparesIssuer);
  const shared = resources.filter(
    (resource) => sharesSubjects(resource, issuers) && !asked.some((other) => isOfOneId(resource, other)),
  );
  const names = [...new Set(shared.map(({ name }) => name))];
  if (names.length === 0) return [];
  // The first that the policy declares stands for all.
  const declared = names.find((name) => policy.ownership?.resources.has(name));
  const path = joinPointer('/authorization/ownership', ...(declared === undefined ? [] : [declared]));
  const labels = issuers
    .map((issuer, at) => `"${issuer}": "${at === 0 ? '' : `${labelOf(issuer)}|`}{subject}"`)
    .join(', ');
  return [
    {
      ...(policy.locate?.({ file: policy.file ?? '', pointer: path }) ?? {
        file: policy.file ?? '',
        line: 0,
        column: 0,
      }),
      code: 'OWNERSHIP_SUBJECTS_SHARED',
      path,
      message: `owners of ${names.join(', ')} are compared with subjects, and ${issuers.length} issuers give subjects out: one may be called as another's is`,
      hint: `Write issuers: "${issuers[0] ?? ''}" where its subjects alone own any; where others do too, say how each is written there: issuers: { ${labels} }.`,
    },
  ];
}

/** Whether subjects of two of the issuers are the same text where this resource compares them. */
function sharesSubjects({ test }: OwnedResource, issuers: readonly string[]): boolean {
  return valuesOf(test).some((value) => {
    if (value.from !== 'subject') return false;
    const labels = issuers.flatMap((issuer) =>
      value.issuers === undefined ? [''] : value.issuers.has(issuer) ? [value.issuers.get(issuer)] : [],
    );
    return new Set(labels).size < labels.length;
  });
}

/** One of several values is enough, so that a resource asks for the issuer only where it compares nothing else. */
function comparesIssuer({ test }: OwnedResource): boolean {
  const values = valuesOf(test);
  return values.length > 0 && values.every(({ from }) => from === 'issuer');
}

/** Whether whatever the first guards, the other does as well: then both must hold. */
function isOfOneId(one: OwnedResource, other: OwnedResource): boolean {
  const others = new Set(other.ids.map((place) => JSON.stringify(place)));
  return one.ids.length > 0 && one.lists.length === 0 && one.ids.every((place) => others.has(JSON.stringify(place)));
}

/** A host, or what there is. */
function labelOf(issuer: string): string {
  return /^https?:\/\/([^/:]+)/.exec(issuer)?.[1] ?? issuer;
}
