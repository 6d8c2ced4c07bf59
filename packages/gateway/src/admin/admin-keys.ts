import { parseDuration, parseKeyLimits, parseRange, renderKeyLimit } from '@sallyport/core';
import { actorOf, AdminRefusal, bodyOf, json, pathValue, queryOf } from './admin-answers.ts';
import {
  ADMIN_SCHEME,
  keyStateOf,
  newStoredKey,
  shownKey,
  successorOf,
  type NewbornKey,
} from '../identity/stored-keys/key-life.ts';
import type { KnownRoles } from '../identity/known-roles.ts';
import type { OwnHandler } from '../own/own-upstream.ts';
import type { Store, StoredKey } from '../store/store-port.ts';

interface KeyBody {
  readonly id?: string;
  readonly scheme?: string;
  readonly owner: string;
  readonly subject?: string;
  readonly contact?: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly addresses?: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly limits?: readonly string[];
  readonly expires?: string | null;
  readonly environment?: string;
}

const DEFAULT_OVERLAP_MS = 7 * 86_400_000;
const DEFAULT_PAGE = 100;

/** API keys over the admin API. `schemes`: those of the document that have their keys in the store. `roles`: those that a new key may have. */
export function keyHandlers(
  store: Store,
  schemes: readonly string[],
  roles: KnownRoles,
): ReadonlyMap<string, OwnHandler> {
  async function find(id: string): Promise<StoredKey> {
    const key = await store.getKey(id);
    if (key === null) throw new AdminRefusal(404, 'There is no key of this id.');
    return key;
  }

  return new Map<string, OwnHandler>([
    [
      'sallyport.keys.list',
      async (request) => {
        const query = queryOf(request);
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const page = await store.listKeys(query.get('after') ?? '', limit);
        const { nowMs } = request.exchange;
        return json({
          keys: page.map((key) => shownKey(key, nowMs)),
          next: page.length < limit ? null : (page.at(-1)?.id ?? null),
        });
      },
    ],
    ['sallyport.keys.show', async (request) => json(shownKey(await find(pathValue(request)), request.exchange.nowMs))],
    [
      'sallyport.keys.create',
      async (request) => {
        const wish = bodyOf<KeyBody>(request);
        const by = actorOf(request);
        const born = newStoredKey(
          {
            ...wish,
            scheme: schemeOf(wish.scheme, schemes),
            scopes: wish.scopes ?? [],
            roles: declaredRoles(wish.roles ?? [], roles),
            addresses: (wish.addresses ?? []).map(canonicalRange),
            attributes: wish.attributes ?? {},
            limits: canonicalLimits(wish.limits ?? []),
            environment: wish.environment ?? 'live',
            ...expiryOf(wish.expires, by.atMs),
          },
          by.atMs,
        );
        await store.createKey(born.key, by);
        return json(shownOnce(born), 201);
      },
    ],
    [
      'sallyport.keys.rotate',
      async (request) => {
        const { overlap, id, expires } = bodyOf<{ overlap?: string; id?: string; expires?: string | null }>(request);
        const by = actorOf(request);
        const old = await find(pathValue(request));
        // Whoever may write keys of the API would otherwise become an administrator with every scope of the old one.
        if (old.scheme === ADMIN_SCHEME) throw new AdminRefusal(403, 'Admin keys are rotated on the command line.');
        if (keyStateOf(old, by.atMs) !== 'active')
          throw new AdminRefusal(409, `The key is ${keyStateOf(old, by.atMs)}: create a new one.`);
        const parsed = overlap === undefined ? null : parseDuration(overlap);
        if (parsed?.ok === false) throw new AdminRefusal(400, 'The overlap is a duration, such as 24h.');
        const born = successorOf(old, { ...(id === undefined ? {} : { id }), ...expiryOf(expires, by.atMs) }, by.atMs);
        await store.rotateKey(old.id, born.key, by.atMs + (parsed?.value ?? DEFAULT_OVERLAP_MS), by);
        return json(shownOnce(born), 201);
      },
    ],
    [
      'sallyport.keys.limit',
      async (request) => {
        const { limits } = bodyOf<{ limits: readonly string[] }>(request);
        const id = pathValue(request);
        const old = await find(id);
        // Whoever may write keys could otherwise lift the limit that was put on it.
        if (old.scheme === ADMIN_SCHEME) throw new AdminRefusal(403, 'Admin keys are limited on the command line.');
        const canonical = canonicalLimits(limits);
        return json({ id, limits: canonical, keys: await store.limitKey(id, canonical, actorOf(request)) });
      },
    ],
    [
      'sallyport.keys.revoke',
      async (request) => {
        const id = pathValue(request);
        return json({ id, revoked: await store.revokeKey(id, actorOf(request)) });
      },
    ],
  ]);
}

function schemeOf(named: string | undefined, schemes: readonly string[]): string {
  const [only, ...others] = schemes;
  if (named !== undefined && schemes.includes(named)) return named;
  if (named === undefined && only !== undefined && others.length === 0) return only;
  throw new AdminRefusal(
    400,
    schemes.length === 0
      ? 'No security scheme has its keys in the store.'
      : `Name a security scheme whose keys are in the store: ${schemes.join(', ')}.`,
  );
}

/** Where the policy declares roles, a key with another one would be good for less than its maker thinks. */
function declaredRoles(named: readonly string[], known: KnownRoles): readonly string[] {
  const strange = named.find((role) => !known.has(role));
  if (strange === undefined) return named;
  throw new AdminRefusal(400, `The policy declares no role ${JSON.stringify(strange)}. ${known.hint(strange)}`);
}

function canonicalRange(text: string): string {
  const parsed = parseRange(text);
  if (parsed.ok) return parsed.range;
  throw new AdminRefusal(400, 'An address is an IP address or the network of a range, such as 10.0.0.0/24.');
}

function canonicalLimits(texts: readonly string[]): readonly string[] {
  const parsed = parseKeyLimits(texts);
  if (parsed.ok) return parsed.value.map(renderKeyLimit);
  throw new AdminRefusal(400, `In limits: ${parsed.message}. ${parsed.hint}`);
}

function expiryOf(expires: string | null | undefined, nowMs: number): { readonly expiresAtMs?: number | null } {
  if (expires === undefined) return {};
  if (expires === null) return { expiresAtMs: null };
  const atMs = Date.parse(expires);
  if (!(atMs > nowMs)) throw new AdminRefusal(400, 'The time at which the key expires has passed already.');
  return { expiresAtMs: atMs };
}

/** The only place where a key is in an answer. */
function shownOnce({ key, made }: NewbornKey): object {
  return {
    ...shownKey({ ...key, revokedAtMs: null, lastUsedAtMs: null }, key.createdAtMs),
    key: made.text,
  };
}
