import {
  choice,
  defaulted,
  duration,
  flag,
  type Field,
  list,
  map,
  number,
  object,
  optional,
  required,
  secret,
  text,
  union,
} from '../shape.ts';
import {
  ANSWER_ID,
  ANSWER_PLACE,
  ANSWER_POINTER,
  HEADER_NAME,
  ID_PLACE,
  ID_PREFIX,
  OPERATION_KEY,
  OWNER_SUBJECT,
  PRINCIPAL_VALUE,
  RESOURCE_NAME,
} from '../text-formats.ts';

const oneOrMore = <S extends Parameters<typeof list>[0]>(shape: S) => union(shape, list(shape, 1, 20));

const ownedList = {
  items: required(
    oneOrMore(text(ANSWER_POINTER)),
    'Where in each item the owner stands, as response:/items/*/ownerId; the id of the object where in or startsWith decides.',
  ),
  total: optional(
    oneOrMore(text(ANSWER_PLACE)),
    'Where the answer counts, as response:/total or header.X-Total-Count: set to how many items are left.',
  ),
  hide: optional(
    oneOrMore(text(ANSWER_PLACE)),
    "What tells of others' objects in another way, such as response:/nextCursor or header.Link: taken out.",
  ),
};

const readObject = object({
  operation: optional(text(OPERATION_KEY), 'The operation of this API that reads the object.'),
  url: optional(text(), 'Another service, with {id} in its path: https://owners.internal/accounts/{id}.'),
  as: optional(
    choice(['caller', 'sallyport']),
    'caller: with the headers of the request that is decided over; sallyport: with the headers below alone. caller for an operation, sallyport for a url, where absent.',
  ),
  headers: defaulted(
    map('NAME', secret(), HEADER_NAME),
    {},
    'Headers of the call; a credential as ${env:NAME} or ${file:path}.',
  ),
  timeout: defaulted(duration(10, 60_000), '2s', 'How long the call may take.'),
  cache: defaulted(duration(0, 3_600_000), '10s', 'How long an answer lets an owner in; 0s asks every time.'),
  refusalCache: defaulted(
    duration(0, 60_000),
    '1s',
    'How long an answer keeps somebody out without asking again, missing objects included.',
  ),
});

const ownerFields = {
  id: optional(
    oneOrMore(text(ID_PLACE)),
    'Where a request names the object: path.NAME, query.NAME, header.NAME or body:/POINTER, in which * is every item of a list. All that are named must be owned.',
  ),
  in: optional(text(PRINCIPAL_VALUE), 'The ids that the principal owns, such as principal.attributes.accounts.'),
  startsWith: optional(
    text(ID_PREFIX),
    'What the ids of its objects begin with, such as {principal.attributes.tenant}-. The text after the braces must not occur in a tenant’s own name.',
  ),
  owner: optional(
    oneOrMore(text(ANSWER_POINTER)),
    'Where the answer that reads the object says whose it is, such as response:/ownerId, or response:/members/*/userId: one of a list is enough.',
  ),
  public: optional(flag(), 'true: anybody may have these objects, and nobody needs to be told again.'),
  equals: defaulted(
    oneOrMore(text(PRINCIPAL_VALUE)),
    'principal.subject',
    'What of the principal must stand there: principal.subject, principal.attributes.NAME or principal.attributes:/POINTER. Two lists of one length go pair by pair.',
  ),
  issuers: optional(
    union(text(), list(text(), 1, 20), map('ISSUER', text(OWNER_SUBJECT))),
    'Who vouches for owners: an issuer of tokens or the name of a security scheme, or several; principals of any other own none. As a map, each with how its subjects are written where owners stand: { https://one.example/: "{subject}", https://two.example/: "two|{subject}" }. All where absent.',
  ),
  read: optional(
    union(text(OPERATION_KEY), readObject),
    'Who is asked first where the operation writes, or answers with something else: the operation that reads the object, or a map. Where absent, the one GET whose path ends with the id.',
  ),
  answerId: optional(
    text(ANSWER_ID),
    'Where the answer of who is asked first names the object, such as response:/id: one that names another than was asked for is not believed. none: it names none. Where absent, what the document declares beside the owner under the name of the parameter, or as id.',
  ),
  unless: optional(
    object({
      roles: defaulted(list(text(), 0, 100), [], 'Roles that may have every object.'),
      scopes: defaulted(list(text(), 0, 100), [], 'Scopes that may have every object.'),
    }),
    'Who is not asked.',
  ),
  deny: defaulted(number(403, 404), 404, 'What others get: 404, the same as for an object that is not there, or 403.'),
  absent: defaulted(
    choice(['deny', 'pass']),
    'deny',
    'A request without an id in a place where the operation takes one.',
  ),
  maxIds: defaulted(number(1, 10_000), 100, 'How many different objects one request may name.'),
  upstreamErrors: defaulted(
    choice(['hidden', 'told']),
    'hidden',
    'A 500 of the upstream before it is known whose the object is: shown as an object that is not there, or as a failure.',
  ),
} satisfies Record<string, Field>;

/** One kind of object in the policy file. */
export const ownershipShape = object({
  ...ownerFields,
  operations: optional(
    list(text(OPERATION_KEY), 1, 1000),
    'Which operations: operationId, METHOD /path or tag:NAME. Every one that has one of the places where absent.',
  ),
  lists: defaulted(
    map('OPERATION', object(ownedList), OPERATION_KEY),
    {},
    "Operations that answer with lists of these objects: what is not the caller's is taken out.",
  ),
});

export const enumerationShape = object({
  objects: defaulted(number(2, 1000), 10, 'How many different objects.'),
  within: defaulted(duration(1000, 3_600_000), '1m', 'In what time.'),
});

const ownerExtension = object({
  resource: optional(text(RESOURCE_NAME), 'The name of the resource; one that the policy file declares wins.'),
  ...ownerFields,
  items: optional(ownedList.items.shape, ownedList.items.description),
  total: ownedList.total,
  hide: ownedList.hide,
});

/** `x-sallyport-owner` of an operation or path: the name of a resource, what makes one, or a list of both. */
export const ownerExtensionShape = union(
  text(RESOURCE_NAME),
  ownerExtension,
  list(union(text(RESOURCE_NAME), ownerExtension), 1, 20),
);
