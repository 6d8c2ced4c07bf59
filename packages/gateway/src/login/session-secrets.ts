import { deepFreeze, type Principal } from '@sallyport/core';
import type { StoredSession } from '../store/session-port.ts';

/** What is sealed of a session. */
export interface SessionSecrets {
  readonly clientId: string;
  /** Of the last ID token. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly roles: readonly string[];
  /** Those that were granted. */
  readonly scopes: readonly string[];
  readonly refreshToken: string | null;
  /** Kept only where the policy has it sent to the provider's logout. */
  readonly idToken: string | null;
  /** When the session has to be renewed; null where it cannot be, and simply lasts. */
  readonly renewAtMs: number | null;
}

/** Null for what was not written here. */
export function readSecrets(text: string): SessionSecrets | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'clientId' in value && 'scopes' in value
      ? (value as SessionSecrets)
      : null;
  } catch {
    return null;
  }
}

/** Whom a session stands for. Frozen. */
export function principalOf(
  session: Pick<StoredSession, 'id' | 'scheme' | 'subject' | 'issuer'>,
  secrets: SessionSecrets,
): Principal {
  return Object.freeze({
    kind: 'user',
    subject: session.subject,
    issuer: session.issuer,
    scopes: new Set(secrets.scopes),
    roles: Object.freeze([...secrets.roles]),
    attributes: deepFreeze({ ...secrets.claims }),
    schemes: Object.freeze([session.scheme]),
    keyId: session.id,
  });
}
