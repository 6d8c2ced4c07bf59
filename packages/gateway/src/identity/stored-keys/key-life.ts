import { randomUUID } from 'node:crypto';
import { makeKey, type MadeKey } from './key-text.ts';
import type { NewKey, StoredKey } from '../../store/store-port.ts';

/** Keys of people who administer Sallyport itself are filed under this; no security scheme of a document can be called so. */
export const ADMIN_SCHEME = '@admin';

const DEFAULT_LIFE_MS = 365 * 86_400_000;

/** What somebody says of a key that is to be made. */
export interface KeyWish {
  readonly id?: string;
  readonly scheme: string;
  readonly owner: string;
  readonly subject?: string;
  readonly contact?: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Canonical CIDR ranges. */
  readonly addresses: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of its own, in canonical form; none where absent. */
  readonly limits?: readonly string[];
  /** Null for never; a year where absent. */
  readonly expiresAtMs?: number | null;
  /** The word after `sp_`. */
  readonly environment: string;
}

/** A key that was made just now: what is stored of it, and the text that is shown once. */
export interface NewbornKey {
  readonly key: NewKey;
  readonly made: MadeKey;
}

/** Makes a key: subject and owner are the same where no subject is wished, and names that stand twice count once. Throws a `RangeError` for an environment that is none. */
export function newStoredKey(wish: KeyWish, nowMs: number): NewbornKey {
  const made = makeKey(wish.environment);
  return {
    made,
    key: {
      id: wish.id ?? newKeyId(),
      sha256: made.sha256,
      scheme: wish.scheme,
      hint: made.hint,
      owner: wish.owner,
      contact: wish.contact ?? null,
      subject: wish.subject ?? wish.owner,
      scopes: [...new Set(wish.scopes)],
      roles: [...new Set(wish.roles)],
      addresses: [...new Set(wish.addresses)],
      attributes: wish.attributes,
      limits: wish.limits ?? [],
      createdAtMs: nowMs,
      expiresAtMs: wish.expiresAtMs === undefined ? nowMs + DEFAULT_LIFE_MS : wish.expiresAtMs,
      replaces: null,
    },
  };
}

/** The successor of a key, with all that it may do; it lives as long as the old one was to, where nothing else is said. */
export function successorOf(
  old: StoredKey,
  { id, expiresAtMs }: { readonly id?: string; readonly expiresAtMs?: number | null },
  nowMs: number,
): NewbornKey {
  const made = makeKey(/^sp_([a-z0-9]{1,16})_/.exec(old.hint ?? '')?.[1] ?? 'live');
  const { revokedAtMs: _revoked, lastUsedAtMs: _used, ...kept } = old;
  const lifeMs = old.expiresAtMs === null ? null : old.expiresAtMs - old.createdAtMs;
  return {
    made,
    key: {
      ...kept,
      id: id ?? newKeyId(),
      sha256: made.sha256,
      hint: made.hint,
      createdAtMs: nowMs,
      expiresAtMs: expiresAtMs === undefined ? (lifeMs === null ? null : nowMs + lifeMs) : expiresAtMs,
      replaces: old.id,
    },
  };
}

/** Whether a key is good; one that was revoked and has expired is `revoked`. */
export type KeyState = 'active' | 'revoked' | 'expired';

/** The state of a key at a moment; the millisecond of `expiresAtMs` is past its end. */
export function keyStateOf(
  { revokedAtMs, expiresAtMs }: Pick<StoredKey, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): KeyState {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active';
}

/** A key as people see it: everything but its hash, which could be compared with guesses. */
export function shownKey(
  key: NewKey & Pick<StoredKey, 'revokedAtMs' | 'lastUsedAtMs'>,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const date = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
  const { sha256: _hash, family: _family, createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs, ...rest } = key;
  return {
    ...rest,
    limits: key.limits ?? [],
    state: keyStateOf(key, nowMs),
    created: date(createdAtMs),
    expires: date(expiresAtMs),
    revoked: date(revokedAtMs),
    lastUsed: date(lastUsedAtMs),
  };
}

function newKeyId(): string {
  return `key_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
