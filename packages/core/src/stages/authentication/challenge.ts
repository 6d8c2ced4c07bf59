/** Writes a quoted-string (RFC 9110, section 5.6.4) of printable ASCII; whatever else stands in the text becomes `?`. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The scope attribute's value (RFC 6749, section 3.3): names that are no scope tokens are left out. */
function scopeList(scopes: readonly string[]): string {
  return scopes.filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)).join(' ');
}

/** A Bearer challenge (RFC 6750, section 3). `error` only where a token was sent. */
export function bearerChallenge(
  realm: string,
  scopes: readonly string[],
  error: 'invalid_token' | 'insufficient_scope' | null,
): string {
  const scope = scopeList(scopes);
  return `Bearer realm=${quoted(realm)}${scope === '' ? '' : `, scope="${scope}"`}${error === null ? '' : `, error="${error}"`}`;
}

/** A DPoP challenge (RFC 9449, section 7.1): which algorithms a proof may be signed with. `error` only where a token was sent this way. */
export function dpopChallenge(
  realm: string,
  algorithms: readonly string[],
  scopes: readonly string[],
  error: 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof' | 'use_dpop_nonce' | null,
): string {
  const scope = scopeList(scopes);
  return `DPoP realm=${quoted(realm)}, algs="${algorithms.join(' ')}"${scope === '' ? '' : `, scope="${scope}"`}${error === null ? '' : `, error="${error}"`}`;
}

/** A Basic challenge (RFC 7617, section 2). */
export function basicChallenge(realm: string): string {
  return `Basic realm=${quoted(realm)}, charset="UTF-8"`;
}

/** A challenge for a certificate, which no header can carry: as unregistered as the one for keys, and there for the same reason. */
export function certificateChallenge(realm: string): string {
  return `ClientCertificate realm=${quoted(realm)}`;
}

/** A challenge for a session, which a browser begins at a path: as unregistered as the one for keys; scripts of a page read it. */
export function sessionChallenge(realm: string, loginPath: string): string {
  return `Session realm=${quoted(realm)}, login=${quoted(loginPath)}`;
}

/**
 * A challenge for an API key. RFC 9110 (section 11.6.1) wants at least one challenge in every 401, and no scheme is registered
 * for keys: `ApiKey` is one in the allowed syntax that clients ignore, and tells people where the key belongs.
 */
export function apiKeyChallenge(realm: string, place: string, parameter: string): string {
  return `ApiKey realm=${quoted(realm)}, in="${place}", name=${quoted(parameter)}`;
}
