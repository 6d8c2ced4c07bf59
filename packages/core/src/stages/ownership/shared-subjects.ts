import type { ApiDocument } from '../../openapi/model.ts';
import type { ConfigurationProblem } from '../../configuration-error.ts';
import { readOperationExtension } from '../../policy/operation-policy.ts';
import type { OwnedResource, PrincipalValue } from '../../policy/ownership-policy.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/**
 * Warns where owners are compared with subjects and several issuers give them out: `bob` of one would own what `bob` of another does. Keys and passwords do
 * not count, for whoever wrote the policy wrote their subjects. Silent where the issuer is compared too.
 */
export function sharedSubjects(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  const issuers = new Set([...policy.authentication].flatMap(([scheme, one]) => issuersOf(scheme, one)));
  if (issuers.size < 2) return [];
  const stated = document.operations.flatMap((operation) =>
    (readOperationExtension(operation, null).policy.owners ?? []).filter((one) => typeof one !== 'string'),
  );
  const resources = [...(policy.ownership?.resources.values() ?? []), ...stated];
  if (resources.some((resource) => compares(resource, 'issuer'))) return [];
  const names = [...new Set(resources.filter((one) => compares(one, 'subject')).map(({ name }) => name))];
  if (names.length === 0) return [];
  return [
    {
      file: policy.file ?? '',
      line: 0,
      column: 0,
      code: 'OWNERSHIP_SUBJECTS_SHARED',
      path: '/authorization/ownership',
      message: `owners of ${names.join(', ')} are compared with subjects, and ${issuers.size} issuers give subjects out: one may be called as another's is`,
      hint: 'Compare with a claim that no two of them share, or declare a second resource of the same id with equals: principal.issuer: both must hold.',
    },
  ];
}

function issuersOf(scheme: string, one: AuthenticationPolicy): string[] {
  switch (one.kind) {
    case 'jwt':
    case 'login':
      return [one.issuer];
    case 'introspection':
      return [one.issuer ?? scheme];
    case 'issuers':
      return one.entries.map(({ issuer }) => issuer ?? scheme);
    case 'certificate':
      return [scheme];
    default:
      return [];
  }
}

function compares({ test }: OwnedResource, from: PrincipalValue['from']): boolean {
  if (test.kind === 'owner') return test.matches.some(({ equals }) => equals.some((value) => value.from === from));
  return (test.kind === 'listed' || test.kind === 'prefix') && test.value.from === from;
}
