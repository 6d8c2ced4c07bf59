import { joinPointer } from '../../json/json-pointer.ts';
import type { OwnedResource, PrincipalValue } from '../../policy/ownership-policy.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';

/** What is asked of one operation for one kind of object, in words. */
export function describeCheck(check: OwnerCheck): string[] {
  const { resource, places } = check;
  const named = places.map(placeText).join(' and ');
  if (resource.test.kind === 'public') return [`${resource.name} (${named}): anybody's`];
  if (check.how === 'answer')
    return [`${resource.name} (${named}): the answer decides; of HEAD, a GET that goes first`];
  return [`${resource.name} (${named}): ${howText(check)}${exemptText(resource)}, else ${resource.deny}`];
}

export function exemptText({ unless }: OwnedResource): string {
  const all = [...unless.roles.map((role) => `role ${role}`), ...unless.scopes.map((scope) => `scope ${scope}`)];
  return all.length === 0 ? '' : `, or ${all.join(' or ')}`;
}

function howText({ resource, read }: OwnerCheck): string {
  const { test } = resource;
  if (test.kind === 'listed') return `in ${valueText(test.value)}`;
  if (test.kind === 'prefix') return `begins with ${test.before}{${valueText(test.value)}}${test.after}`;
  const owner = ownerText(resource);
  if (read === null || read.kind === 'self') return owner;
  const asked = read.kind === 'operation' ? read.operation.id : hostOf(read.url);
  const named = read.names === null ? '' : `, and has to name the object at ${joinPointer('', ...read.names.tokens)}`;
  return `${asked} is asked first${named}: ${owner}`;
}

export function ownerText({ test }: OwnedResource): string {
  if (test.kind !== 'owner') return '';
  return test.matches
    .map(({ tokens, equals }) => `${joinPointer('', ...tokens)} is ${equals.map(valueText).join(' or ')}`)
    .join(', or ');
}

function valueText(value: PrincipalValue): string {
  const said = value.from === 'attributes' ? `principal.attributes.${value.path.join('.')}` : `principal.${value.from}`;
  return value.issuers === undefined ? said : `${said} of ${[...value.issuers].map(issuerText).join(' or ')}`;
}

function issuerText([issuer, label]: readonly [string, string]): string {
  return label === '' ? issuer : `${issuer} (as ${label}{subject})`;
}

function placeText(place: BoundPlace): string {
  return place.in === 'body' ? `body:${joinPointer('', ...place.tokens)}` : `${place.in}.${place.name}`;
}

function hostOf(url: string): string {
  return new URL(url.replace('{id}', 'id')).host;
}
