import type { ApiDocument } from '../../openapi/model.ts';
import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { Policy } from '../../policy/policy.ts';

/** The cookies of one login. */
export interface SessionCookies {
  readonly session: string;
  /** Holds the logins that this browser has begun. */
  readonly pending: string;
  /**
   * Sent over TLS alone. Without it only where the policy allows plain HTTP, on a loopback address: there some browsers keep no Secure cookie (Safari),
   * and a developer would be sent to log in for ever.
   */
  readonly secure: boolean;
}

/** Names the cookies of a login: what the document says for an `apiKey` in a cookie, else what the policy says; over https with `__Host-` (RFC 6265bis, section 4.1.3.2), so that no other host can set them. */
export function sessionCookies(document: ApiDocument, scheme: string, entry: LoginPolicy): SessionCookies {
  const declared = document.securitySchemes.get(scheme);
  const https = entry.origin?.startsWith('https:') === true;
  if (declared?.type === 'apiKey' && declared.in === 'cookie') {
    const secure = https || /^__(?:Host|Secure)-/.test(declared.parameter);
    return { session: declared.parameter, pending: `${declared.parameter}-login`, secure };
  }
  const name = entry.cookie ?? `sallyport-${scheme.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 64)}`;
  const session = https ? `__Host-${name}` : name;
  return { session, pending: `${session}-login`, secure: https };
}

/** The cookies that are Sallyport's own: none goes upstream, whatever an operation declares. */
export function ownCookies(document: ApiDocument, policy: Policy): string[] {
  return [...policy.authentication].flatMap(([scheme, entry]) => {
    if (entry.kind !== 'login') return [];
    const { session, pending } = sessionCookies(document, scheme, entry);
    return [session, pending];
  });
}
