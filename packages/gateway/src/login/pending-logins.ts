import type { CookieSealer } from '../store/cookie-sealer.ts';

/** A login that a browser began and has not come back from. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  /** The secret of PKCE (RFC 7636). */
  readonly verifier: string;
  readonly origin: string;
  /** A path; null for wherever logins lead by default. */
  readonly returnTo: string | null;
  readonly atMs: number;
}

/** How long a user has to prove who he is. */
export const PENDING_MS = 10 * 60_000;
/** So many tabs may log in at a time; the oldest gives way. With three of the longest targets a cookie stays below what every browser keeps, 4096 bytes. */
const MAX_PENDING = 3;
const MAX_SEALED_CHARS = 4096;

/** Writes logins under way into a cookie that nobody else can read or make: they cost the browsers that begin them memory, and us none. */
export function sealPending(pending: readonly PendingLogin[], sealer: CookieSealer, scheme: string): string {
  const rows = pending.map(({ state, nonce, verifier, origin, returnTo, atMs }) => [
    state,
    nonce,
    verifier,
    origin,
    returnTo,
    atMs,
  ]);
  return sealer.seal(JSON.stringify(rows), placeOf(scheme));
}

/** The logins that a cookie holds and that are not too old, the newest first; none for a cookie that is not ours, or of another scheme. */
export function unsealPending(
  sealed: string | null,
  sealer: CookieSealer,
  scheme: string,
  nowMs: number,
): readonly PendingLogin[] {
  if (sealed === null || sealed.length > MAX_SEALED_CHARS) return [];
  try {
    const rows = JSON.parse(sealer.unseal(sealed, placeOf(scheme))) as readonly [
      string,
      string,
      string,
      string,
      string | null,
      number,
    ][];
    return rows
      .map(([state, nonce, verifier, origin, returnTo, atMs]) => ({ state, nonce, verifier, origin, returnTo, atMs }))
      .filter(({ atMs }) => nowMs - atMs < PENDING_MS);
  } catch {
    return [];
  }
}

/** With one more, and without the oldest where there are too many. */
export function withPending(pending: readonly PendingLogin[], next: PendingLogin): readonly PendingLogin[] {
  return [next, ...pending].slice(0, MAX_PENDING);
}

function placeOf(scheme: string): string {
  return `logins under way: ${scheme}`;
}
