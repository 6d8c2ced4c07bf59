import { createHash, randomBytes } from 'node:crypto';
import type { CookieSealer } from '../store/cookie-sealer.ts';

/** 256 random bits and 128 of a MAC over them. */
const FORM = /^[A-Za-z0-9_-]{43}\.[0-9a-f]{32}$/;
const ID_CHARACTERS = 32;

/** What a session's cookie holds, and the id that it leads to. */
export interface MadeCookie {
  readonly value: string;
  readonly id: string;
}

/**
 * Makes the cookie of a new session: a random secret, and a MAC under a key of the store, so that cookies which somebody made up are told apart without asking
 * the store. The id, by which the store and the log know the session, does not lead back to the cookie.
 */
export function makeSessionCookie(scheme: string, sealer: CookieSealer): MadeCookie {
  const secret = randomBytes(32).toString('base64url');
  const value = `${secret}.${sealer.mac(vouchedText(scheme, secret))}`;
  return { value, id: sessionIdOf(value) };
}

/** The id of the session that a cookie is of, whether or not it is one; null for what has not the form of one. */
export function readSessionCookie(value: string): string | null {
  return FORM.test(value) ? sessionIdOf(value) : null;
}

/** True where a cookie of the right form was made here for this scheme. */
export function isOwnCookie(value: string, scheme: string, sealer: CookieSealer): boolean {
  const [secret = '', mac = ''] = value.split('.');
  return sealer.isMac(vouchedText(scheme, secret), mac);
}

function sessionIdOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, ID_CHARACTERS);
}

function vouchedText(scheme: string, secret: string): string {
  return JSON.stringify(['session', scheme, secret]);
}
