import type { Place } from './place.ts';
import type { Secret } from './secret.ts';

/** Something that was proved about the principal. `attributes` are verified claims, or what is kept beside a key. */
export type PrincipalValue = (
  | { readonly from: 'subject' | 'issuer' | 'keyId' }
  | { readonly from: 'attributes'; readonly path: readonly string[] }
) & {
  /** Whose principals have this value at all; those of every issuer where absent. */
  readonly issuers?: SubjectLabels;
};

/** By issuer, what stands before its subjects wherever they are compared, so that `bob` of one is never `bob` of another; `''` for nothing. */
export type SubjectLabels = ReadonlyMap<string, string>;

/** Where a request names an object. `*` among the tokens of a body's place stands for every item of a list. */
export type IdPlace =
  | { readonly in: 'path' | 'query' | 'header'; readonly name: string }
  | { readonly in: 'body'; readonly tokens: readonly string[] };

/** A place in a JSON answer, and what of the principal must stand there. `*` stands for every item: one of them is enough. */
export interface OwnerMatch {
  readonly tokens: readonly string[];
  /** One of them is enough. */
  readonly equals: readonly PrincipalValue[];
}

/** How it is known whose an object is. */
export type OwnerTest =
  /** Anybody's: said so that nobody asks again. */
  | { readonly kind: 'public' }
  /** The principal carries the ids of what it owns. */
  | { readonly kind: 'listed'; readonly value: PrincipalValue }
  /** The id begins with `before`, the principal's value and `after`, which is never empty. */
  | { readonly kind: 'prefix'; readonly before: string; readonly value: PrincipalValue; readonly after: string }
  /** The upstream's answer says it; one match is enough. */
  | { readonly kind: 'owner'; readonly matches: readonly OwnerMatch[] };

/** Every value of the principal that a test compares. */
export function valuesOf(test: OwnerTest): readonly PrincipalValue[] {
  if (test.kind === 'owner') return test.matches.flatMap(({ equals }) => equals);
  return test.kind === 'public' ? [] : [test.value];
}

/** Who is asked whose an object is, where the answer of the operation itself does not or must not decide. */
export interface OwnerRead {
  /** An operation of the API, as `operations` names it; a URL of another service, with `{id}`; null: the operation that reads the object, found in the document. */
  readonly from: { readonly operation: string } | { readonly url: string } | null;
  /** `caller`: with the headers of the request that is decided over; `sallyport`: with `headers` alone. */
  readonly as: 'caller' | 'sallyport';
  readonly headers: readonly (readonly [name: string, value: Secret | string])[];
  readonly timeoutMs: number;
  /** How long an answer lets an owner in; 0 keeps none. */
  readonly cacheMs: number;
  /** How long an answer keeps a stranger out without asking again. */
  readonly refusalCacheMs: number;
}

/** An operation whose answer lists objects: what is not the caller's is taken out. */
export interface OwnedList {
  /** Names the operation as `operations` does. */
  readonly operation: string;
  /** Places within an item, all of the same list: the owner, or the object's id where ids decide. */
  readonly list: readonly string[];
  readonly item: readonly (readonly string[])[];
  /** Where the answer counts: set to how many items are left. */
  readonly total: readonly AnswerPlace[];
  /** What tells of others' objects in another way, such as a cursor: taken out. */
  readonly hide: readonly AnswerPlace[];
  readonly place: Place;
}

/** A member of the answer's body, or one of its headers in lower case. */
export type AnswerPlace = { readonly tokens: readonly string[] } | { readonly header: string };

/** One kind of object, and who owns it. */
export interface OwnedResource {
  readonly name: string;
  /** Empty where only lists are declared. */
  readonly ids: readonly IdPlace[];
  /** operationIds, `METHOD /path` or `tag:NAME`; null: every operation that has one of the places. */
  readonly operations: readonly string[] | null;
  readonly test: OwnerTest;
  readonly read: OwnerRead;
  /** Where the answer of who is asked names the object; null: where the document says it. */
  readonly answerId: readonly string[] | 'none' | null;
  /** Whoever holds one of them is asked nothing. */
  readonly unless: { readonly roles: readonly string[]; readonly scopes: readonly string[] };
  readonly deny: 403 | 404;
  /** What becomes of a request that has no id where an operation may take one. */
  readonly absent: 'deny' | 'pass';
  readonly maxIds: number;
  /** What a stranger is told where the upstream fails with 500: that nothing is there, or that it failed. */
  readonly upstreamErrors: 'hidden' | 'told';
  readonly lists: readonly OwnedList[];
  readonly place: Place;
}

/** What an operation says of itself in the document: whole, or by the name of a resource. */
export type OwnerStatement = OwnedResource | string;

/** `authorization.ownership`, and how many objects of others are too many. */
export interface OwnershipPolicy {
  readonly resources: ReadonlyMap<string, OwnedResource>;
  /** Different objects that are not the caller's, of one principal or address in this time, are recorded as enumeration. Null: never. */
  readonly enumeration: { readonly objects: number; readonly withinMs: number } | null;
}
