import { hash } from 'node:crypto';
import {
  planKeyLimits,
  type ApiKeyEntry,
  type ApiKeyPort,
  type CredentialResult,
  type Principal,
} from '@sallyport/core';

const UNKNOWN: CredentialResult = Object.freeze({ ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: Object.freeze({}) });

/**
 * Looks up API keys by their SHA-256. Time tells nothing about a key: what is compared is its digest, which nobody can steer
 * towards a stored one without knowing the key, so a plain map needs no comparison in constant time. Expired from `expiresAtMs` on.
 * Keys are random and long; a guessable password would need a slow hash, and belongs into a Basic scheme.
 */
export function createApiKeyPort(scheme: string, entries: readonly ApiKeyEntry[]): ApiKeyPort {
  const known = new Map<string, { readonly result: CredentialResult; readonly expiresAtMs: number }>();
  for (const entry of entries) {
    const result: CredentialResult = Object.freeze({ ok: true, principal: toPrincipal(scheme, entry) });
    known.set(entry.sha256, { result, expiresAtMs: entry.expiresAtMs ?? Infinity });
  }
  return {
    lookup(key, nowMs) {
      const found = known.get(hash('sha256', key, 'hex'));
      if (found === undefined) return UNKNOWN;
      if (nowMs < found.expiresAtMs || !found.result.ok) return found.result;
      return { ok: false, code: 'AUTHN_KEY_EXPIRED', facts: { key: found.result.principal.keyId } };
    },
  };
}

function toPrincipal(scheme: string, entry: ApiKeyEntry): Principal {
  return Object.freeze({
    kind: 'key',
    subject: entry.subject,
    issuer: scheme,
    scopes: new Set(entry.scopes),
    roles: Object.freeze([...entry.roles]),
    attributes: Object.freeze({ ...entry.attributes }),
    schemes: Object.freeze([scheme]),
    keyId: entry.id,
    // Ids of the store hold no space, so that the two cannot be confused.
    ...(entry.limits === undefined
      ? {}
      : { keys: Object.freeze([{ family: `${scheme} ${entry.id}`, limits: planKeyLimits(entry.limits) }]) }),
  });
}
