import {
  deepFreeze,
  type JsonObject,
  type JsonValue,
  type JwtPolicy,
  type Principal,
  type TokenResult,
} from '@sallyport/core';

export type ClaimsResult =
  | {
      readonly ok: true;
      readonly principal: Principal /** When the token stops to be accepted, tolerance included. */;
      readonly expiresAtMs: number;
    }
  | Extract<TokenResult, { ok: false }>;

type Refusal = Extract<TokenResult, { ok: false }>;

/** What claims are held against. */
export type ClaimRules = Pick<
  JwtPolicy,
  'audiences' | 'clockToleranceSeconds' | 'requiredClaims' | 'claims' | 'clients'
> & {
  /** For the principal. */
  readonly issuer: string;
  /** Claims that may be missing all the same: `exp` makes a token that never expires by itself. */
  readonly mayLack?: readonly string[];
};

function refuse(code: Refusal['code'], claim: string, more: Refusal['facts'] = {}): Refusal {
  return { ok: false, code, facts: { claim, ...more } };
}

/** Longer lists of audiences are cut: what is told goes into the log. */
const MAX_TOLD = 256;

function told(values: readonly string[]): string {
  const text = values.join(' ');
  return text.length <= MAX_TOLD ? text : `${text.slice(0, MAX_TOLD)}…`;
}

/**
 * Checks the claims of a token whose signature is right, and makes the principal of them (RFC 7519, section 4.1; RFC 8725). `exp` is
 * required; `nbf` and `iat` must not lie in the future where they stand; one of `aud` must be an audience of the policy, and a policy
 * without audiences accepts none, and a refusal tells the operator both; `azp` and `client_id` must be of the policy's clients where it names some. Times count with the policy's tolerance. `iss` was compared before.
 */
export function checkClaims(claims: JsonObject, policy: ClaimRules, scheme: string, nowMs: number): ClaimsResult {
  const toleranceMs = policy.clockToleranceSeconds * 1000;
  const exp = own(claims, 'exp');
  if (exp === undefined && policy.mayLack?.includes('exp') !== true) return refuse('AUTHN_TOKEN_CLAIM_MISSING', 'exp');
  if (exp !== undefined && !isTime(exp)) return refuse('AUTHN_TOKEN_CLAIM_INVALID', 'exp');
  const expiresAtMs = exp === undefined ? Infinity : exp * 1000 + toleranceMs;
  if (nowMs >= expiresAtMs) return refuse('AUTHN_TOKEN_EXPIRED', 'exp');
  for (const name of ['nbf', 'iat']) {
    const time = own(claims, name);
    if (time === undefined) continue;
    if (!isTime(time)) return refuse('AUTHN_TOKEN_CLAIM_INVALID', name);
    if (nowMs + toleranceMs < time * 1000) return refuse('AUTHN_TOKEN_NOT_YET_VALID', name);
  }
  const aud = own(claims, 'aud');
  const audiences = strings(aud ?? null);
  const needless = aud === undefined && policy.mayLack?.includes('aud') === true;
  if (!needless && !audiences.some((audience) => policy.audiences.includes(audience)))
    return refuse('AUTHN_TOKEN_AUDIENCE', 'aud', { wanted: told(policy.audiences), held: told(audiences) });
  if (!isClientAccepted(claims, policy.clients ?? null)) return refuse('AUTHN_TOKEN_CLIENT', 'client_id');
  for (const name of policy.requiredClaims)
    if ((claimAt(claims, name) ?? null) === null) return refuse('AUTHN_TOKEN_CLAIM_MISSING', name);

  const { subject: subjectName, scopes: scopesName, roles: rolesName } = policy.claims;
  const subject = claimAt(claims, subjectName);
  if (subject === undefined || subject === null || subject === '')
    return refuse('AUTHN_TOKEN_CLAIM_MISSING', subjectName);
  if (typeof subject !== 'string') return refuse('AUTHN_TOKEN_CLAIM_INVALID', subjectName);
  const scopes = words(claimAt(claims, scopesName));
  if (scopes === null) return refuse('AUTHN_TOKEN_CLAIM_INVALID', scopesName);
  const roles = words(claimAt(claims, rolesName));
  if (roles === null) return refuse('AUTHN_TOKEN_CLAIM_INVALID', rolesName);
  const principal: Principal = Object.freeze({
    kind: 'token',
    subject,
    issuer: policy.issuer,
    scopes: new Set(scopes),
    roles: Object.freeze(roles),
    // Principals are shared between exchanges: none may change what the next one sees.
    attributes: deepFreeze(claims),
    schemes: Object.freeze([scheme]),
    keyId: null,
  });
  return { ok: true, principal, expiresAtMs };
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whom the token was issued to: `azp` (OpenID Connect) and `client_id` (RFC 9068, RFC 7662). All that stand must be in the list, and one must stand. */
function isClientAccepted(claims: JsonObject, clients: readonly string[] | null): boolean {
  if (clients === null) return true;
  const named = ['azp', 'client_id'].map((name) => own(claims, name)).filter((client) => client !== undefined);
  return named.length > 0 && named.every((client) => typeof client === 'string' && clients.includes(client));
}

/**
 * The claim of this name. A claim that is called exactly so wins, as names may hold dots (`https://api.example.com/roles`);
 * else dots lead into objects (`realm_access.roles`). Undefined where nothing stands.
 */
function claimAt(claims: JsonObject, name: string): JsonValue | undefined {
  const exact = own(claims, name);
  if (exact !== undefined || !name.includes('.')) return exact;
  let value: JsonValue | undefined = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = own(value as JsonObject, part);
  }
  return value;
}

/** A NumericDate that a clock can reach: finite, not negative, before the year 10,000. */
function isTime(value: JsonValue): value is number {
  return typeof value === 'number' && value >= 0 && value < 253_402_300_800;
}

/** A string or a list of strings as a list; empty for anything else. */
function strings(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? (value as string[]) : [];
}

/** Scopes or roles: words of a string (RFC 6749, section 3.3) or a list of strings; none where the claim is absent; null where it is anything else. */
function words(value: JsonValue | undefined): string[] | null {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? [...(value as string[])] : null;
}
