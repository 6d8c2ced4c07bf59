import { issuerNames } from './issuer-names.ts';
import type { ApiDocument } from '../openapi/model.ts';
import { operationKeys, readOperationExtension } from './operation-policy.ts';
import type { Steps } from '../steps.ts';
import { type BoundPlace, type Coverage, coverOperation, pathNames } from './ownership-coverage.ts';
import { type IdPlace, type OwnedResource, valuesOf } from './ownership-policy.ts';
import type { PolicyCode } from './policy-codes.ts';
import type { Place } from './place.ts';
import type { Policy } from './policy.ts';
import { suggestName } from './suggest-name.ts';

type Add = (code: PolicyCode, place: Place, below: string, message: string, hint: string | null) => void;

/** Reports where `authorization.ownership` and `x-sallyport-owner` do not fit the document: a place that no operation has would protect nothing. */
export function* checkOwnership(document: ApiDocument, policy: Policy, add: Add): Steps<void> {
  const resources = policy.ownership?.resources ?? new Map<string, OwnedResource>();
  const stated = document.operations.some(
    (operation) => (readOperationExtension(operation, null).policy.owners ?? []).length > 0,
  );
  if (resources.size === 0 && !stated) return;
  const told = new Set<string>();
  const coverages: Coverage[] = [];
  for (const operation of document.operations) {
    coverages.push(coverOperation(document, policy, operation));
    yield;
  }
  for (const [index, { problems }] of coverages.entries()) {
    const operation = document.operations[index];
    for (const { code, resource, below, message, hint } of problems) {
      // What is wrong with one resource is the same for each of its operations.
      const key = `${resource?.name ?? ''} ${message}`;
      if (told.has(key)) continue;
      told.add(key);
      add(
        code,
        resource?.place ?? (operation === undefined ? null : operation),
        resource === null ? '/x-sallyport-owner' : below,
        message,
        hint,
      );
    }
  }
  const own = document.operations.flatMap((operation) => readOperationExtension(operation, null).policy.owners ?? []);
  for (const resource of [...resources.values(), ...own])
    if (typeof resource !== 'string') checkIssuers(policy, resource, add);
  const keys = operationKeys(document);
  const troubled = new Set(coverages.flatMap(({ problems }) => problems.map(({ resource }) => resource)));
  const checks = Map.groupBy(
    coverages.flatMap((coverage) => coverage.checks),
    ({ resource }) => resource,
  );
  for (const resource of resources.values()) {
    checkKeys(keys, resource, add);
    const bound = (checks.get(resource) ?? []).flatMap(({ places }) => places);
    if (!troubled.has(resource)) checkPlaces(document, resource, bound, add);
  }
}

/** Of an issuer that vouches for nobody, nobody would own anything. */
function checkIssuers(policy: Policy, resource: OwnedResource, add: Add): void {
  const known = new Set(
    [...policy.authentication].flatMap(([scheme, entry]) => issuerNames(scheme, entry).map(({ name }) => name)),
  );
  const said = new Set(valuesOf(resource.test).flatMap(({ issuers }) => [...(issuers?.keys() ?? [])]));
  for (const issuer of said)
    if (!known.has(issuer))
      add(
        'POLICY_VALUE',
        resource.place,
        '/issuers',
        `nothing under authentication vouches as ${issuer}`,
        known.size === 0 ? null : `Write one of: ${[...known].join(', ')}.`,
      );
}

function checkKeys(keys: ReadonlySet<string>, resource: OwnedResource, add: Add): void {
  const hint = 'Write an operationId, METHOD /path or tag:NAME of the document.';
  for (const [index, key] of (resource.operations ?? []).entries())
    if (!keys.has(key))
      add(
        'POLICY_OPERATION_UNKNOWN',
        resource.place,
        `/operations/${index}`,
        'the document has no such operation',
        hint,
      );
  for (const list of resource.lists)
    if (!keys.has(list.operation))
      add('POLICY_OPERATION_UNKNOWN', list.place, '', 'the document has no such operation', hint);
}

function checkPlaces(document: ApiDocument, resource: OwnedResource, bound: readonly BoundPlace[], add: Add): void {
  for (const place of resource.ids) {
    if (
      bound.some(
        (one) =>
          one.in === place.in &&
          (one.in === 'body'
            ? place.in === 'body' && one.tokens.join('/') === place.tokens.join('/')
            : place.in !== 'body' && one.name === place.name),
      )
    )
      continue;
    const near = place.in === 'body' ? null : suggestName(place.name, namesOf(document, place.in));
    add(
      'POLICY_OWNERSHIP_PLACE',
      resource.place,
      '/id',
      `no operation has ${written(place)}`,
      near === null ? 'Correct it: a place that no request has protects nothing.' : `Did you mean ${place.in}.${near}?`,
    );
  }
}

function namesOf(document: ApiDocument, where: 'path' | 'query' | 'header'): Set<string> {
  return new Set(
    document.operations.flatMap((operation) =>
      where === 'path'
        ? pathNames(operation)
        : operation.parameters.filter((parameter) => parameter.in === where).map(({ name }) => name),
    ),
  );
}

/** A place as the policy file has it. */
export function written(place: IdPlace): string {
  return place.in === 'body' ? `body:/${place.tokens.join('/')}` : `${place.in}.${place.name}`;
}
