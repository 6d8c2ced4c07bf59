import type { JsonObject, LoginPolicy } from '@sallyport/core';
import { createClientAuthentication } from '../identity/client-authentication.ts';
import { failureReason } from '../egress/failure-reason.ts';
import type { LoadMetadata, ProviderMetadata } from './provider-metadata.ts';
import type { SubmitForm } from './submit-form.ts';

/** What the token endpoint gave. */
export interface TokenSet {
  readonly idToken: string | null;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Null where the provider does not say. */
  readonly expiresInSeconds: number | null;
  /** Null where nothing else was granted than what was asked for. */
  readonly scopes: readonly string[] | null;
}

/** `refused`: the provider said no, with the error of RFC 6749 (section 5.2); `unavailable`: nobody can tell, with a reason for the operator. */
export type ProviderAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: 'refused'; readonly error: string }
  | { readonly ok: false; readonly why: 'unavailable'; readonly reason: string };

/** Our side of the conversation with one provider, behind the browser's back. Never rejects. */
export interface ProviderClient {
  metadata(): Promise<ProviderAnswer<ProviderMetadata>>;
  /** Hands over an authorization request, and gives the `request_uri` that stands for it (RFC 9126). */
  push(endpoint: string, parameters: URLSearchParams): Promise<ProviderAnswer<string>>;
  exchange(code: string, verifier: string, redirectUri: string): Promise<ProviderAnswer<TokenSet>>;
  refresh(refreshToken: string): Promise<ProviderAnswer<TokenSet>>;
}

/** Makes the client of a provider. Throws where our key cannot be used. */
export function createProviderClient(
  policy: LoginPolicy,
  load: LoadMetadata,
  submit: SubmitForm,
  nowMs: () => number,
): ProviderClient {
  const authenticate = createClientAuthentication(policy, nowMs);

  async function post(url: string, form: URLSearchParams, wanted: number): Promise<ProviderAnswer<JsonObject>> {
    const headers: Record<string, string> = {};
    authenticate(form, headers, policy.issuer);
    try {
      const { status, value } = await submit(url, form, headers, AbortSignal.timeout(policy.timeoutMs));
      if (status === wanted && value !== null) return { ok: true, value };
      const error = value === null ? null : errorOf(value);
      // Only what speaks the protocol has refused; a page of some gateway in between has not.
      if ((status === 400 || status === 401) && error !== null) return { ok: false, why: 'refused', error };
      return { ok: false, why: 'unavailable', reason: `it answered with status ${status}` };
    } catch (error) {
      return { ok: false, why: 'unavailable', reason: failureReason(error) };
    }
  }

  const metadata = async (): Promise<ProviderAnswer<ProviderMetadata>> => {
    try {
      return { ok: true, value: await load() };
    } catch (error) {
      return { ok: false, why: 'unavailable', reason: failureReason(error) };
    }
  };

  async function tokens(form: URLSearchParams): Promise<ProviderAnswer<TokenSet>> {
    const known = await metadata();
    if (!known.ok) return known;
    const answer = await post(known.value.tokenEndpoint, form, 200);
    if (!answer.ok) return answer;
    const set = readTokens(answer.value);
    return set === null
      ? { ok: false, why: 'unavailable', reason: 'the answer is no answer of a token endpoint' }
      : { ok: true, value: set };
  }

  return {
    metadata,
    async push(endpoint, parameters) {
      const answer = await post(endpoint, new URLSearchParams(parameters), 201);
      if (!answer.ok) return answer;
      const uri = answer.value['request_uri'];
      return typeof uri === 'string' && uri !== ''
        ? { ok: true, value: uri }
        : { ok: false, why: 'unavailable', reason: 'the answer has no request_uri' };
    },
    exchange: (code, verifier, redirectUri) =>
      tokens(
        new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      ),
    refresh: (refreshToken) =>
      tokens(new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })),
  };
}

/** The error as the protocol names them; whatever else stands there could quote what we sent. */
export function errorOf(value: { readonly error?: unknown }): string | null {
  const { error } = value;
  if (typeof error !== 'string') return null;
  return /^[a-z_]{1,64}$/.test(error) ? error : 'other';
}

/** RFC 6749, section 5.1. Null for what is none. */
function readTokens(value: JsonObject): TokenSet | null {
  const text = (name: string): string | null => {
    const member = Object.hasOwn(value, name) ? value[name] : null;
    return typeof member === 'string' && member !== '' ? member : null;
  };
  const accessToken = text('access_token');
  if (accessToken === null || text('token_type') === null) return null;
  const lifetime = value['expires_in'];
  const scope = value['scope'];
  return {
    accessToken,
    idToken: text('id_token'),
    refreshToken: text('refresh_token'),
    expiresInSeconds: typeof lifetime === 'number' && lifetime >= 0 && lifetime < 1e9 ? lifetime : null,
    scopes: typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : null,
  };
}
