import type { ClientCredentials, IntrospectionPolicy, JsonObject } from '@sallyport/core';
import { createClientAuthentication } from './client-authentication.ts';
import { doubtAbout } from '../egress/doubt-about.ts';
import { failureReason } from '../egress/failure-reason.ts';
import type { Clock } from '../clock.ts';
import { discoverAddress } from './key-source.ts';
import { StatusError, type FetchJson, type PostForm } from './fetch-json.ts';

/** Asks about one token. Resolves with the answer, an object with a boolean `active`; rejects with an Error for the operator, without secrets. */
export type Introspect = (token: string, signal: AbortSignal) => Promise<JsonObject>;

/** A discovered endpoint is looked for again after this time, and after a failure. */
const DISCOVERY_TTL_MS = 24 * 60 * 60 * 1000;

/** Makes the client side of RFC 7662 (section 2.1), with our own authentication. Opens no connection before the first question. Throws where our key cannot be used. */
export function createIntrospect(
  policy: Pick<IntrospectionPolicy, 'endpoint' | 'issuer' | keyof ClientCredentials>,
  connections: { readonly fetchJson: FetchJson; readonly postForm: PostForm },
  clock: Pick<Clock, 'nowMs' | 'steadyMs'>,
): Introspect {
  const { endpoint } = policy;
  const authenticate = createClientAuthentication(policy, () => clock.nowMs());
  /** Until when, in time that is never set back. */
  let known: { readonly url: string; readonly untilMs: number } | null = null;

  async function findEndpoint(signal: AbortSignal): Promise<string> {
    if (endpoint.from === 'url') return endpoint.url;
    if (known !== null && clock.steadyMs() < known.untilMs) return known.url;
    const url = await discoverAddress(endpoint.issuer, 'introspection_endpoint', connections.fetchJson, signal);
    // The secret goes there: an issuer must not be able to have it sent in the clear, or into this machine.
    const doubt = doubtAbout(url, endpoint.issuer, 'introspection endpoint');
    if (doubt !== null) throw new Error(doubt);
    known = { url, untilMs: clock.steadyMs() + DISCOVERY_TTL_MS };
    return url;
  }

  return async (token, signal) => {
    const url = await findEndpoint(signal);
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers: Record<string, string> = {};
    authenticate(form, headers, policy.issuer ?? url);
    try {
      const answer = await connections.postForm(url, form, headers, signal);
      if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
        throw new Error('the answer is not an object');
      const object = answer as JsonObject;
      if (!Object.hasOwn(object, 'active') || typeof object['active'] !== 'boolean')
        throw new Error('the answer does not say whether the token is active');
      return object;
    } catch (error) {
      known = null;
      // RFC 7662, section 2.3: what is not believed there is we, and not the token.
      const ours =
        error instanceof StatusError && error.status === 401
          ? ': it does not take our clientId with this secret or key'
          : '';
      throw new Error(`${originOf(url)}: ${failureReason(error)}${ours}`, { cause: error });
    }
  };
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'the introspection endpoint';
}
