import { doubtAbout } from '../egress/doubt-about.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { readMetadata } from '../identity/key-source.ts';
import type { FetchJson } from '../identity/fetch-json.ts';

/** What a provider says of itself, as far as a login needs it (OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2). */
export interface ProviderMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** RFC 9126; null where the provider takes requests through the browser only. */
  readonly pushEndpoint: string | null;
  /** OpenID Connect RP-Initiated Logout 1.0; null where the provider has none. */
  readonly endSessionEndpoint: string | null;
  /** Whether it promises to name itself in every answer (RFC 9207). */
  readonly namesItself: boolean;
}

/** Gives what is known, or asks. Rejects with an Error for the operator. */
export type LoadMetadata = () => Promise<ProviderMetadata>;

const FRESH_MS = 60 * 60 * 1000;
/** Used so much longer while the provider cannot be asked: its addresses change seldom, and signatures are checked in any case. */
const STALE_MS = 24 * 60 * 60 * 1000;

/** Asks a provider what it offers, once for all who want to know at a time; again after an hour, and after a failure. */
export function createLoadMetadata(
  issuer: string,
  timeoutMs: number,
  fetchJson: FetchJson,
  steadyMs: () => number,
): LoadMetadata {
  let known: { readonly metadata: ProviderMetadata; readonly atMs: number } | null = null;
  let underWay: Promise<ProviderMetadata> | null = null;
  return () => {
    if (known !== null && steadyMs() - known.atMs < FRESH_MS) return Promise.resolve(known.metadata);
    underWay ??= readMetadata(issuer, fetchJson, AbortSignal.timeout(timeoutMs))
      .then(
        (value) => {
          const metadata = readEndpoints(value, issuer);
          known = { metadata, atMs: steadyMs() };
          return metadata;
        },
        (error: unknown) => {
          if (known !== null && steadyMs() - known.atMs < STALE_MS) return known.metadata;
          throw new Error(failureReason(error), { cause: error });
        },
      )
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };
}

function readEndpoints(value: Readonly<Record<string, unknown>>, issuer: string): ProviderMetadata {
  const maybe = (name: string): string | null => {
    const url = Object.hasOwn(value, name) ? value[name] : undefined;
    if (url === undefined || url === null) return null;
    if (typeof url !== 'string') throw new Error(`${name} is no address`);
    // Codes, tokens and whoever logs in go there: a provider must not have them sent in the clear, or into this machine.
    const doubt = doubtAbout(url, issuer, name);
    if (doubt !== null) throw new Error(doubt);
    return url;
  };
  const needed = (name: string): string => {
    const url = maybe(name);
    if (url === null) throw new Error(`the metadata of ${issuer} has no ${name}`);
    return url;
  };
  return {
    authorizationEndpoint: needed('authorization_endpoint'),
    tokenEndpoint: needed('token_endpoint'),
    pushEndpoint: maybe('pushed_authorization_request_endpoint'),
    endSessionEndpoint: maybe('end_session_endpoint'),
    namesItself: value['authorization_response_iss_parameter_supported'] === true,
  };
}
