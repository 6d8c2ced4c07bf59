import type { CodeEntry } from './code-entry.ts';
import { API_KEY_CODES } from './codes-api-keys.ts';
import { AUTHENTICATION_CODES } from './codes-authentication.ts';
import { AUTHORIZATION_CODES } from './codes-authorization.ts';
import { CERTIFICATE_CODES } from './codes-certificates.ts';
import { DATA_CODES } from './codes-data.ts';
import { ENCRYPTION_CODES } from './codes-encryption.ts';
import { HEAD_CODES } from './codes-head.ts';
import { LIMIT_CODES } from './codes-limits.ts';
import { OWNERSHIP_CODES } from './codes-ownership.ts';
import { LOGIN_CODES } from './codes-login.ts';
import { POSSESSION_CODES } from './codes-possession.ts';
import { RESPONSE_CODES } from './codes-response.ts';
import { ROLE_CODES } from './codes-roles.ts';
import { TEXT_CODES } from './codes-text.ts';
import { THREAT_CODES } from './codes-threats.ts';
import { TOKEN_CODES } from './codes-tokens.ts';
import { UPSTREAM_CODES } from './codes-upstream.ts';
import { VALIDATION_CODES } from './codes-validation.ts';

/** Every code that a client or an operator can meet, in the order of a request's life. Codes are never renamed or reused. */
export const CATALOGUE = Object.freeze({
  ...HEAD_CODES,
  ...AUTHENTICATION_CODES,
  ...TOKEN_CODES,
  ...POSSESSION_CODES,
  ...API_KEY_CODES,
  ...CERTIFICATE_CODES,
  ...LOGIN_CODES,
  ...LIMIT_CODES,
  ...AUTHORIZATION_CODES,
  ...ROLE_CODES,
  ...VALIDATION_CODES,
  ...OWNERSHIP_CODES,
  ...THREAT_CODES,
  ...DATA_CODES,
  ...TEXT_CODES,
  ...ENCRYPTION_CODES,
  ...UPSTREAM_CODES,
  ...RESPONSE_CODES,
});

/** The name of a code of the catalogue, `AREA_REASON`. */
export type Code = keyof typeof CATALOGUE;

/** The catalogue's entry of a code. */
export function codeEntry(code: Code): CodeEntry {
  return CATALOGUE[code];
}

/** The code that a client is told: the code itself, or the one it is shown as. */
export function shownCode(code: Code): Code {
  return (codeEntry(code).shownAs ?? code) as Code;
}
