import { joinPointer, parsePointer } from '../../json/json-pointer.ts';
import { checkUrl } from '../check-url.ts';
import { many, toLabels, toMatches, toPrefix, toValue, tokensOf, type OneOrMore } from './normalize-owner-values.ts';
import type {
  AnswerPlace,
  IdPlace,
  OwnedList,
  OwnedResource,
  OwnerRead,
  OwnershipPolicy,
  OwnerStatement,
  OwnerTest,
  SubjectLabels,
} from '../ownership-policy.ts';
import type { Place } from '../place.ts';
import type { Secret } from '../secret.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { enumerationShape, ownerExtensionShape, ownershipShape } from '../schema/schema-ownership.ts';
import type { Read } from '../shape.ts';

type Authored = Read<typeof ownershipShape>;
type AuthoredList = {
  readonly items: OneOrMore;
  readonly total?: OneOrMore | undefined;
  readonly hide?: OneOrMore | undefined;
};
type AuthoredExtension = Exclude<Read<typeof ownerExtensionShape>, string | readonly unknown[]>;
type Fields = Omit<Authored, 'operations' | 'lists'>;

export const DEFAULT_ENUMERATION = { objects: 10, within: 60_000 };
const DEFAULT_READ = { timeout: 2_000, cache: 10_000, refusalCache: 1_000 };
/** Headers that carry a credential: it must not stand in the file as it is. */
const CREDENTIAL_HEADERS = /^(?:authorization|proxy-authorization|cookie|.*(?:key|token|secret|password).*)$/i;
/** Written by the wire, or from the exchange. */
const MANAGED_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect|accept-encoding)$/i;

/** Turns `authorization.ownership` into the canonical form. */
export function normalizeOwnership(
  authored: ReadonlyMap<string, Authored>,
  enumeration: 'off' | Read<typeof enumerationShape>,
  source: PolicySource,
  problems: PolicyProblems,
): OwnershipPolicy {
  const resources = new Map<string, OwnedResource>();
  for (const [name, entry] of authored) {
    const pointer = joinPointer('/authorization/ownership', name);
    const lists = [...entry.lists].map(([operation, list]) => {
      const at = joinPointer(pointer, 'lists', operation);
      return normalizeList(operation, list, at, source.place(at), problems);
    });
    resources.set(
      name,
      normalizeResource(name, entry, entry.operations ?? null, lists, pointer, source.place(pointer), problems),
    );
  }
  return {
    resources,
    enumeration: enumeration === 'off' ? null : { objects: enumeration.objects, withinMs: enumeration.within },
  };
}

/** Turns the `x-sallyport-owner` of an operation into the canonical form; `operation` is its id, and the resource's name where it has none. */
export function normalizeOwners(
  authored: Read<typeof ownerExtensionShape>,
  pointer: string,
  operation: string,
  place: Place,
  problems: PolicyProblems,
): OwnerStatement[] {
  const list = typeof authored === 'object' && 'forEach' in authored ? authored : [authored];
  const statements: OwnerStatement[] = [];
  list.forEach((one: string | AuthoredExtension, index: number) => {
    const at = list === authored ? joinPointer(pointer, index) : pointer;
    if (typeof one === 'string') return void statements.push(one);
    const lists =
      one.items === undefined ? [] : [normalizeList(operation, { ...one, items: one.items }, at, place, problems)];
    statements.push(normalizeResource(one.resource ?? operation, one, [operation], lists, at, place, problems));
  });
  return statements;
}

function normalizeResource(
  name: string,
  authored: Fields,
  operations: readonly string[] | null,
  lists: readonly OwnedList[],
  pointer: string,
  place: Place,
  problems: PolicyProblems,
): OwnedResource {
  // What could not be read is left out, and was told of.
  const isRead = !problems.touches(pointer);
  if (isRead && authored.id === undefined && lists.length === 0)
    problems.add(
      'POLICY_REQUIRED',
      pointer,
      'id is missing',
      'Add id: where a request names the object, such as path.accountId; or lists: for operations that answer with many.',
      'key',
    );
  const issuers = toLabels(authored.issuers);
  const test = normalizeTest(authored, lists.length > 0, isRead, pointer, problems, issuers);
  if (test.kind === 'owner' && test.matches.length > 1 && lists.some(({ item }) => item.length !== test.matches.length))
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/lists`,
      `an item names its owner in another number of places than owner does`,
      'Write one place for each value of equals, in the same order.',
      'key',
    );
  return {
    name,
    ids: many(authored.id).map(toIdPlace),
    operations,
    test,
    read: normalizeRead(authored, pointer, problems),
    answerId: normalizeAnswerId(authored, pointer, problems),
    unless: { roles: authored.unless?.roles ?? [], scopes: authored.unless?.scopes ?? [] },
    deny: authored.deny === 403 ? 403 : 404,
    absent: authored.absent,
    maxIds: authored.maxIds,
    upstreamErrors: authored.upstreamErrors,
    lists,
    place,
  };
}

const TESTS = ['in', 'startsWith', 'owner', 'public'] as const;

function normalizeTest(
  authored: Fields,
  hasLists: boolean,
  isRead: boolean,
  pointer: string,
  problems: PolicyProblems,
  issuers: SubjectLabels | null,
): OwnerTest {
  const said = TESTS.filter((name) => authored[name] !== undefined && authored[name] !== false);
  const onlyLists = authored.id === undefined && hasLists && said.length === 0;
  if (isRead && said.length === 0 && !onlyLists)
    problems.add(
      'POLICY_REQUIRED',
      pointer,
      'nothing says whose the objects are',
      'Add one of in: principal.attributes.accounts, startsWith: "{principal.attributes.tenant}-", owner: response:/ownerId, or public: true.',
      'key',
    );
  if (said.length > 1)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/${said[1]}`,
      `${said[0]} and ${said[1]} both say whose the objects are`,
      'Keep one. Two that must both hold are two resources.',
      'key',
    );
  if (authored.in !== undefined) return { kind: 'listed', value: toValue(authored.in, issuers) };
  if (authored.startsWith !== undefined) return toPrefix(authored.startsWith, issuers);
  if (authored.owner !== undefined || onlyLists)
    return { kind: 'owner', matches: toMatches(authored.owner, authored.equals, pointer, problems, issuers) };
  return { kind: 'public' };
}

function toIdPlace(text: string): IdPlace {
  if (text.startsWith('body:')) return { in: 'body', tokens: parsePointer(text.slice('body:'.length)) };
  const dot = text.indexOf('.');
  const where = text.slice(0, dot);
  const name = text.slice(dot + 1);
  return where === 'header'
    ? { in: 'header', name: name.toLowerCase() }
    : { in: where === 'path' ? 'path' : 'query', name };
}

function toAnswerPlace(text: string): AnswerPlace {
  return text.startsWith('header.')
    ? { header: text.slice('header.'.length).toLowerCase() }
    : { tokens: tokensOf(text) };
}

function normalizeList(
  operation: string,
  authored: AuthoredList,
  pointer: string,
  place: Place,
  problems: PolicyProblems,
): OwnedList {
  const items = many(authored.items).map(tokensOf);
  const star = items[0]?.indexOf('*') ?? -1;
  const list = items[0]?.slice(0, Math.max(star, 0)) ?? [];
  if (
    items.some((tokens) => tokens.indexOf('*') !== star || tokens.slice(0, star).join('/') !== list.join('/')) ||
    star < 0
  )
    problems.add(
      'POLICY_VALUE',
      `${pointer}/items`,
      'expected a place in each item of one list',
      'Write * where the items stand: response:/items/*/ownerId.',
    );
  return {
    operation,
    list,
    item: items.map((tokens) => tokens.slice(star + 1)),
    total: many(authored.total).map(toAnswerPlace),
    hide: many(authored.hide).map(toAnswerPlace),
    place,
  };
}

function normalizeRead(authored: Fields, pointer: string, problems: PolicyProblems): OwnerRead {
  const { read } = authored;
  if (read !== undefined && authored.owner === undefined)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/read`,
      'nobody needs to be asked where the request itself says whose the object is',
      'Remove read, or say with owner where the answer names the owner.',
      'key',
    );
  if (read === undefined || typeof read === 'string')
    return {
      from: read === undefined ? null : { operation: read },
      as: 'caller',
      headers: [],
      timeoutMs: DEFAULT_READ.timeout,
      cacheMs: DEFAULT_READ.cache,
      refusalCacheMs: DEFAULT_READ.refusalCache,
    };
  const at = `${pointer}/read`;
  const { operation, url } = read;
  if (operation !== undefined && url !== undefined)
    problems.add(
      'POLICY_CONTRADICTION',
      `${at}/url`,
      'both an operation and a url are to be asked',
      'Keep one.',
      'key',
    );
  if (url !== undefined) checkReadUrl(url, `${at}/url`, problems);
  if (url !== undefined && read.as === 'caller')
    problems.add(
      'POLICY_CONTRADICTION',
      `${at}/as`,
      "another service would get the caller's own credential",
      'Write a credential of its own under headers.',
    );
  return {
    from: url !== undefined ? { url } : operation !== undefined ? { operation } : null,
    as: url === undefined ? (read.as ?? 'caller') : 'sallyport',
    headers: [...read.headers].map(([name, value]) => checkHeader(name, value, at, problems)),
    timeoutMs: read.timeout,
    cacheMs: read.cache,
    refusalCacheMs: Math.min(read.refusalCache, read.cache),
  };
}

function normalizeAnswerId(
  { answerId, owner }: Fields,
  pointer: string,
  problems: PolicyProblems,
): OwnedResource['answerId'] {
  if (answerId !== undefined && owner === undefined)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/answerId`,
      'nobody is asked where the request itself says whose the object is',
      'Remove answerId, or say with owner where the answer names the owner.',
      'key',
    );
  return answerId === undefined ? null : answerId === 'none' ? 'none' : tokensOf(answerId);
}

function checkReadUrl(url: string, pointer: string, problems: PolicyProblems): void {
  const parsed = checkUrl(url.replaceAll('{id}', 'id'), { plain: 'loopback', query: true }, pointer, problems);
  if (parsed === null) return;
  const named = url.indexOf('{id}');
  const host = /^https?:\/\/[^/?#]*/i.exec(url)?.[0].length ?? 0;
  if (named < host || url.lastIndexOf('{id}') !== named)
    problems.add(
      'POLICY_URL',
      pointer,
      'expected {id} once, in the path or the query',
      'Write https://owners.internal/accounts/{id}.',
    );
}

function checkHeader(
  name: string,
  value: Secret | string,
  pointer: string,
  problems: PolicyProblems,
): readonly [string, Secret | string] {
  const at = joinPointer(pointer, 'headers', name);
  if (MANAGED_HEADERS.test(name))
    problems.add('POLICY_HEADER', at, 'Sallyport writes this header itself', 'Remove it.', 'key');
  if (typeof value === 'string' && CREDENTIAL_HEADERS.test(name))
    problems.add(
      'POLICY_SECRET_LITERAL',
      at,
      'a credential stands in the file',
      'Refer to it: ${env:NAME} or ${file:path}; policy files are kept and shared.',
    );
  // A line end in it would end the header (request splitting).
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(typeof value === 'string' ? value : value.reveal()))
    problems.add('POLICY_HEADER', at, 'expected a header value of visible ASCII characters', null);
  return [name, value];
}
