import type { Place } from './place.ts';
import type { ClientCredentials } from './client-credentials.ts';
import type { JwsAlgorithm } from './jws-algorithms.ts';

/** Browsers log in at an OpenID provider, and come with the cookie of a session from then on. */
export interface LoginPolicy extends ClientCredentials {
  readonly kind: 'login';
  readonly issuer: string;
  /** Asked of the provider; `openid` always among them. */
  readonly scopes: readonly string[];
  /** What ID tokens and logout tokens may be signed with. */
  readonly algorithms: readonly JwsAlgorithm[];
  readonly clockToleranceSeconds: number;
  /** Scheme, host and port as browsers see them; null: those of the request, which must be plain HTTP on a loopback address. */
  readonly origin: string | null;
  /** Paths of this origin that Sallyport answers itself. No two of a policy are equal. */
  readonly paths: {
    readonly login: string;
    readonly callback: string;
    readonly logout: string;
    readonly backChannelLogout: string;
  };
  /** The name of the session's cookie without prefix; null: that of the document, or one made of the scheme's name. */
  readonly cookie: string | null;
  /** A session ends when it was not used for so long, and in any case `absoluteMs` after the login. */
  readonly idleMs: number;
  readonly absoluteMs: number;
  /** Paths of this origin. */
  readonly afterLogin: string;
  readonly afterLogout: string;
  /** Where a login may lead back to: paths and what lies below them. */
  readonly returnTargets: readonly string[];
  /** What a navigation without a session gets; everything else gets 401. */
  readonly unauthenticated: 'redirect' | 'refuse';
  /** Claims of the ID token. Scopes are those that the provider granted. */
  readonly claims: { readonly subject: string; readonly roles: string };
  /** More parameters of the authorization request, such as `prompt`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Sends the ID token to the provider's logout, through the browser. */
  readonly idTokenHint: boolean;
  /** For each question to the provider. */
  readonly timeoutMs: number;
  /** The session's cookie never goes upstream. */
  readonly forwardCredential: false;
  readonly place: Place;
}
