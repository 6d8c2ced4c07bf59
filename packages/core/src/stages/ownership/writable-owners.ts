import { coverOperation, type OwnerCheck } from '../../policy/ownership-coverage.ts';
import { createNameRules } from '../data/name-rules.ts';
import { isObject } from '../../json/json-value.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { memberAt, textsOf, writableNames } from '../../policy/declared-member.ts';
import { modesFor } from '../../policy/operation-policy.ts';
import { referenceChain } from '../../schema/schema-reference.ts';
import type { ApiDocument, Operation, SchemaSource } from '../../openapi/model.ts';
import type { ConfigurationProblem } from '../../configuration-error.ts';
import type { OwnedResource } from '../../policy/ownership-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/**
 * Warns of operations on an owned object whose body may set the member that says whose it is: who owns one could give it away, or put what is theirs into the hands of
 * somebody else, and an upstream that takes whatever stands in the body lets them. Silent where the member is `readOnly`, or only some may set it.
 */
export function writableOwners(document: ApiDocument, policy: Policy): ConfigurationProblem[] {
  const isRestricted = restrictedIn(document, policy);
  const problems: ConfigurationProblem[] = [];
  for (const operation of document.operations) {
    if (operation.requestBody === null || modesFor(policy, operation).ownership === 'off') continue;
    const owners = coverOperation(document, policy, operation)
      .checks.filter((check) => isOfTheObject(operation, check))
      .flatMap(({ resource }) => ownersOf(resource));
    const schemas = operation.requestBody.content.flatMap(({ schema }) => (schema === null ? [] : [schema]));
    const written = owners.filter((tokens) =>
      schemas.some((schema) => mayWrite(document, schema, tokens) && !isRestricted(schema, tokens)),
    );
    const [pointer] = written.map((tokens) => joinPointer('', ...tokens));
    if (pointer !== undefined) problems.push(warn(document, operation, pointer));
  }
  return problems;
}

function warn(document: ApiDocument, operation: Operation, pointer: string): ConfigurationProblem {
  return {
    ...document.locate(operation),
    code: 'OWNERSHIP_WRITABLE',
    path: operation.pointer,
    message: `the body of ${operation.id} may set ${pointer}, which says whose the object is: who owns it may give it away`,
    hint: 'Declare the member readOnly, or who may set it: x-sallyport-writable, or data.writable for its class.',
  };
}

/** Where an answer says whose the object is. Those in lists say who has a part in it, and are what sharing changes. */
function ownersOf({ test }: OwnedResource): readonly (readonly string[])[] {
  if (test.kind !== 'owner') return [];
  return test.matches.map(({ tokens }) => tokens).filter((tokens) => tokens.length > 0 && !tokens.includes('*'));
}

/** What lies below an object has an owner of its own. */
function isOfTheObject({ path }: Operation, { places }: OwnerCheck): boolean {
  return places.some((place) => place.in === 'query' || (place.in === 'path' && path.endsWith(`/{${place.name}}`)));
}

function mayWrite(document: ApiDocument, schema: SchemaSource, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  if (!writableNames(document, schema).includes(name)) return false;
  const member = rest.length === 0 ? null : memberAt(document, schema, [name]);
  return rest.length === 0 || (member !== null && mayWrite(document, member.schema, rest));
}

/** Tells where only some may set a member, or what it stands in. */
function restrictedIn(
  document: ApiDocument,
  { data }: Policy,
): (schema: SchemaSource, tokens: readonly string[]) => boolean {
  const classes = data?.classes ?? new Map<string, never>();
  const restricted = [...(data?.writable.keys() ?? [])];
  const names = createNameRules(
    restricted.flatMap((label) => {
      const selectors = classes.get(label);
      return selectors === undefined ? [] : [{ label: { class: label }, selectors }];
    }),
  );
  const isMarked = ({ node }: SchemaSource): boolean =>
    isObject(node) &&
    (node['x-sallyport-writable'] !== undefined ||
      textsOf(node['x-sallyport-data']).some((label) => restricted.includes(label)));
  return (schema, tokens) =>
    tokens.some((name, at) => {
      const member = memberAt(document, schema, tokens.slice(0, at + 1));
      const path = tokens.slice(0, at + 1).join('/');
      return (
        names.ofName(name).length > 0 ||
        names.pointers.some((one) => one.tokens.join('/') === path) ||
        (member !== null && [...referenceChain(document, member.schema)].some(isMarked))
      );
    });
}
