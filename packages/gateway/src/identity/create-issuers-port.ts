import type { TokenResult } from '@sallyport/core';
import type { ForgetfulTokenPort } from './create-token-port.ts';

/** One issuer of a scheme with the port that proves its tokens. */
export interface IssuerEntry {
  /** Null for an entry that introspects tokens of whatever issuer. */
  readonly issuer: string | null;
  readonly introspects: boolean;
  readonly port: ForgetfulTokenPort;
}

function refuse(code: 'AUTHN_TOKEN_ISSUER' | 'AUTHN_TOKEN_MALFORMED' | 'AUTHN_TOKEN_TOO_LARGE'): TokenResult {
  return { ok: false, code, facts: {} };
}

/**
 * Chooses among several issuers under one scheme: `iss` of a JWT picks the entry, which then checks everything, `iss` included, itself.
 * A JWT of an unknown issuer is refused with AUTHN_TOKEN_ISSUER and shown to nobody; what is no JWT goes to the entry that introspects,
 * or is AUTHN_TOKEN_MALFORMED where there is none.
 */
export function createIssuersPort(entries: readonly IssuerEntry[], maxTokenBytes: number): ForgetfulTokenPort {
  const opaque = entries.find(({ introspects }) => introspects) ?? null;
  const byIssuer = new Map(entries.flatMap((entry) => (entry.issuer === null ? [] : [[entry.issuer, entry] as const])));
  return {
    verify(token, nowMs, presented) {
      if (token.length > maxTokenBytes) return refuse('AUTHN_TOKEN_TOO_LARGE');
      const issuer = peekIssuer(token);
      const entry = issuer === null ? opaque : (byIssuer.get(issuer) ?? (opaque?.issuer === null ? opaque : null));
      if (entry === null) return refuse(issuer === null ? 'AUTHN_TOKEN_MALFORMED' : 'AUTHN_TOKEN_ISSUER');
      return entry.port.verify(token, nowMs, presented);
    },
    invalidate() {
      for (const { port } of entries) port.invalidate();
    },
  };
}

/** `iss` of what looks like a JWT, unverified: it chooses whom to ask, and proves nothing. Null for everything else, `''` for a JWT without one. */
function peekIssuer(token: string): string | null {
  const parts = token.split('.', 4);
  if (parts.length !== 3) return null;
  try {
    const header: unknown = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString());
    if (typeof header !== 'object' || header === null) return null;
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    if (typeof claims !== 'object' || claims === null || !('iss' in claims)) return '';
    return typeof claims.iss === 'string' ? claims.iss : '';
  } catch {
    return null;
  }
}
