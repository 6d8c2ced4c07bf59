import type { ApiDocument, Operation, Parameter } from '../openapi/model.ts';
import { answerIdOf, type AnswerId } from './answer-id.ts';
import { add, operationsByKey } from './by-operation.ts';
import { declares } from './declared-member.ts';
import { parsePathTemplate } from '../openapi/path-template.ts';
import { referenceChain } from '../schema/schema-reference.ts';
import { isObject } from '../json/json-value.ts';
import { meansOperation, readOperationExtension } from './operation-policy.ts';
import { oncePer } from '../once-per.ts';
import { ownershipIndex } from './ownership-index.ts';
import type { IdPlace, OwnedList, OwnedResource } from './ownership-policy.ts';
import type { PolicyCode } from './policy-codes.ts';
import type { Policy } from './policy.ts';

/** A place of an id, found in one operation. */
export type BoundPlace =
  | {
      readonly in: 'path';
      readonly name: string /** Among the values of the template. */;
      readonly index: number;
      readonly divider: string | null;
    }
  | { readonly in: 'query' | 'header'; readonly name: string; readonly divider: string | null }
  | { readonly in: 'body'; readonly tokens: readonly string[] };

/** Who is asked first, and how the object gets into the question. */
export type BoundRead =
  | {
      readonly kind: 'operation';
      readonly operation: Operation;
      /** For each expression of its path, in order: the object's id, or the value of this index of the request's own path. */
      readonly values: readonly ('id' | number)[];
      /** Where its answer must name the object; null where that is not known. */
      readonly names: AnswerId | null;
    }
  | { readonly kind: 'url'; readonly url: string; readonly names: AnswerId | null }
  /** The same request as GET: for HEAD, whose answer has no body to look into. */
  | { readonly kind: 'self' };

/** What is asked of one operation for one kind of object. */
export interface OwnerCheck {
  readonly resource: OwnedResource;
  readonly places: readonly BoundPlace[];
  /** `now`: the request decides; `read`: a call decides before the upstream is asked; `answer`: the answer decides, and a call for HEAD. */
  readonly how: 'now' | 'read' | 'answer';
  readonly read: BoundRead | null;
}

export interface CoverageProblem {
  readonly code: PolicyCode;
  readonly resource: OwnedResource | null;
  /** Below the resource's own place. */
  readonly below: string;
  readonly message: string;
  readonly hint: string;
}

/** Everything that ownership asks of one operation. */
export interface Coverage {
  readonly checks: readonly OwnerCheck[];
  readonly lists: readonly { readonly resource: OwnedResource; readonly list: OwnedList }[];
  readonly problems: readonly CoverageProblem[];
}

/** Finds what ownership asks of an operation. A resource of the policy file wins over one of its name in the document. */
export function coverOperation(document: ApiDocument, policy: Policy, operation: Operation): Coverage {
  return coverages(document)(policy)(operation);
}

/** Checks, stages and warnings ask for the same. */
const coverages = oncePer((document: ApiDocument) =>
  oncePer((policy: Policy) => oncePer((operation: Operation) => cover(document, policy, operation))),
);

function cover(document: ApiDocument, policy: Policy, operation: Operation): Coverage {
  const checks: OwnerCheck[] = [];
  const lists: Coverage['lists'][number][] = [];
  const problems: CoverageProblem[] = [];
  for (const { resource, named } of resourcesOf(policy, operation, problems)) {
    for (const list of resource.lists) if (meansOperation(list.operation, operation)) lists.push({ resource, list });
    if (resource.operations !== null && !named) continue;
    const places = resource.ids.flatMap((place) => bindPlace(document, operation, place, named));
    if (places.length > 0) checks.push(...planChecks(document, operation, resource, places, problems));
    else if (named && resource.ids.length > 0)
      problems.push({
        code: 'POLICY_OWNERSHIP_PLACE',
        resource,
        below: '',
        message: `the operation ${operation.id} has none of the places where an id of ${resource.name} is to stand`,
        hint: 'Correct id, or leave the operation out.',
      });
  }
  return { checks, lists, problems };
}

function* resourcesOf(
  policy: Policy,
  operation: Operation,
  problems: CoverageProblem[],
): Generator<{ readonly resource: OwnedResource; readonly named: boolean }> {
  const index = ownershipIndex(policy);
  const declared = index.byName;
  const stated = readOperationExtension(operation, null).policy.owners ?? [];
  const names = new Set(stated.map((one) => (typeof one === 'string' ? one : one.name)));
  const naming = new Set(index.naming(operation));
  for (const resource of index.candidates(operation, [...names]))
    yield { resource, named: naming.has(resource) || names.has(resource.name) };
  for (const one of stated) {
    if (typeof one !== 'string') {
      if (!declared.has(one.name)) yield { resource: one, named: true };
    } else if (!declared.has(one))
      problems.push({
        code: 'POLICY_OWNERSHIP_UNKNOWN',
        resource: null,
        below: '',
        message: `${operation.id} names the resource ${one}, which authorization.ownership does not declare`,
        hint: 'Declare it in the policy file, or write the whole of it under x-sallyport-owner.',
      });
  }
}

/** The names in an operation's path, in order. */
export const pathNames: (operation: Operation) => readonly string[] = oncePer(
  ({ path }) => parsePathTemplate(path)?.names ?? [],
);

/** Where the operation has the place: nothing where it has not. `named` takes a body that does not declare it, for the policy says that it is there. */
function bindPlace(document: ApiDocument, operation: Operation, place: IdPlace, named: boolean): BoundPlace[] {
  if (place.in === 'body') {
    const { requestBody } = operation;
    if (requestBody === null) return [];
    const declared = requestBody.content.some(
      ({ schema }) => schema !== null && declares(document, schema, place.tokens),
    );
    return declared || named ? [place] : [];
  }
  const parameter = operation.parameters.find(
    (one) => one.in === place.in && (place.in === 'header' ? one.name.toLowerCase() : one.name) === place.name,
  );
  const divider = parameter === undefined ? null : dividerOf(document, parameter);
  if (place.in === 'path') {
    const index = pathNames(operation).indexOf(place.name);
    return index < 0 ? [] : [{ in: 'path', name: place.name, index, divider }];
  }
  return parameter === undefined ? [] : [{ in: place.in, name: place.name, divider }];
}

/** What divides the items of a parameter that is a list in one text; null for a single value, and for one that is repeated. */
function dividerOf(document: ApiDocument, parameter: Parameter): string | null {
  const { schema, style, explode } = parameter;
  if (schema === null) return null;
  const lists = [...referenceChain(document, schema)].some(
    ({ node }) =>
      isObject(node) && (node['type'] === 'array' || (Array.isArray(node['type']) && node['type'].includes('array'))),
  );
  if (!lists || (parameter.in === 'query' && explode)) return null;
  return style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : style === 'tabDelimited' ? '\t' : ',';
}

function planChecks(
  document: ApiDocument,
  operation: Operation,
  resource: OwnedResource,
  places: readonly BoundPlace[],
  problems: CoverageProblem[],
): OwnerCheck[] {
  const { test, read } = resource;
  if (test.kind !== 'owner') return [{ resource, places, how: 'now', read: null }];
  if (read.from !== null && 'url' in read.from)
    return [
      {
        resource,
        places,
        how: 'read',
        read: { kind: 'url', url: read.from.url, names: answerIdOf(document, resource, null) },
      },
    ];
  const found = readsOf(document)(resource);
  if (typeof found === 'string') {
    problems.push(refusal(resource, '/read', found));
    return [];
  }
  if (found === null) {
    // The answer names the owner of one object; nothing else may decide over a second one, or over what has been done by then.
    if (operation.method === 'GET' && places.length === 1 && places[0]?.in === 'path' && places[0].divider === null)
      return [{ resource, places, how: 'answer', read: { kind: 'self' } }];
    problems.push(
      refusal(
        resource,
        '',
        `${operation.id} needs to know whose ${resource.name} it is before it is done, and nothing says which operation reads one`,
      ),
    );
    return [];
  }
  const own = found.operation === operation;
  const answered = own ? places.filter((place) => place.in === 'path' && place.name === found.parameter) : [];
  const asked = places.filter((place) => !answered.includes(place));
  const checks: OwnerCheck[] =
    answered.length === 0 ? [] : [{ resource, places: answered, how: 'answer', read: { kind: 'self' } }];
  if (asked.length === 0) return checks;
  const values = fillPath(operation, found);
  if (values === null) {
    problems.push(
      refusal(
        resource,
        '/read',
        `${found.operation.id} cannot be asked from ${operation.id}: its path has more than the id, and ${operation.id} does not have the rest`,
      ),
    );
    return checks;
  }
  const names = answerIdOf(document, resource, found);
  return [
    ...checks,
    { resource, places: asked, how: 'read', read: { kind: 'operation', operation: found.operation, values, names } },
  ];
}

function refusal(resource: OwnedResource, place: string, message: string): CoverageProblem {
  return {
    code: 'POLICY_OWNERSHIP_READ',
    resource,
    below: place,
    message,
    hint: 'Write read: with the operationId of a GET whose path ends with the id and whose answer has the owner; or read: { url: https://…/{id} }; or in: or startsWith:, which ask nobody.',
  };
}

interface FoundRead {
  readonly operation: Operation;
  /** The name in its path that takes the id. */
  readonly parameter: string;
}

/** Every operation that has an id of the resource asks for it. */
const readsOf = oncePer((document: ApiDocument) => oncePer((resource: OwnedResource) => findRead(document, resource)));

/** Operations that could be the obvious ones to read an object, by the last name of their path. */
const obviousReads = oncePer((document: ApiDocument): ReadonlyMap<string, readonly FoundRead[]> => {
  const byName = new Map<string, FoundRead[]>();
  for (const operation of document.operations) {
    const parameter = /\/\{([^{}/]+)\}$/.exec(operation.path)?.[1];
    if (operation.method === 'GET' && parameter !== undefined) add(byName, parameter, { operation, parameter });
  }
  return byName;
});

/** The operation that reads an object; null where none is named and none is the obvious one, a message where the one named will not do. */
function findRead(document: ApiDocument, resource: OwnedResource): FoundRead | string | null {
  const names = new Set(
    resource.ids.map((place) =>
      place.in === 'body' ? (place.tokens.findLast((token) => token !== '*') ?? '') : place.name,
    ),
  );
  const { from } = resource.read;
  if (from === null || !('operation' in from)) {
    const found = [...names].flatMap((name) => obviousReads(document).get(name) ?? []);
    return found.length === 1 ? (found[0] ?? null) : null;
  }
  const named = operationsByKey(document).get(from.operation) ?? [];
  const operation = named[0];
  if (operation === undefined || named.length > 1)
    return named.length > 1 ? 'read names several operations' : 'read names no operation of the document';
  if (operation.method !== 'GET') return `${operation.id} is no GET: asking it could change something`;
  const inPath = pathNames(operation);
  const parameter = inPath.findLast((name) => names.has(name)) ?? (inPath.length === 1 ? inPath[0] : undefined);
  if (parameter === undefined) return `${operation.id} has no place for the id in its path`;
  const needed = operation.parameters.find((one) => one.required && one.in !== 'path');
  if (needed !== undefined) return `${operation.id} cannot be asked without the parameter ${needed.name}`;
  return { operation, parameter };
}

/** Where each value of the read's path comes from; null where the operation has not got one of them. */
function fillPath(operation: Operation, read: FoundRead): ('id' | number)[] | null {
  const own = pathNames(operation);
  const values: ('id' | number)[] = [];
  for (const name of pathNames(read.operation)) {
    if (name === read.parameter) values.push('id');
    else if (own.includes(name)) values.push(own.indexOf(name));
    else return null;
  }
  return values;
}
