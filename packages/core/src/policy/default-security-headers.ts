/**
 * Security headers, after the OWASP Secure Headers project's list of headers to add (its `headers_add.json`, Apache-2.0), kept to
 * what means something for an API. Left out of it: Clear-Site-Data (it would log users out with every answer), Cross-Origin-Embedder-Policy,
 * Cross-Origin-Opener-Policy and Permissions-Policy (they govern documents, and with the policy below there is none),
 * X-DNS-Prefetch-Control (likewise), X-Permitted-Cross-Domain-Policies (plug-ins that no browser runs any more).
 */
const EVERYWHERE: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'deny'],
];

/** Two years with subdomains, and only over TLS: over plain HTTP browsers must ignore it (RFC 6797, section 7.2). */
const STRICT_TRANSPORT: readonly [string, string] = [
  'strict-transport-security',
  'max-age=63072000; includeSubDomains',
];

export interface SecurityHeaders {
  readonly own: ReadonlyMap<string, string>;
  readonly passing: ReadonlyMap<string, string>;
}

/** Even where an answer of ours is shown as a page, it may load and run nothing, and nobody may frame it. */
const OWN_CONTENT_SECURITY: readonly [string, string] = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
];
/** What passes may be a page of the API's own, which has to load its parts; framing it is refused all the same. */
const PASSING_CONTENT_SECURITY: readonly [string, string] = ['content-security-policy', "frame-ancestors 'none'"];

/**
 * The defaults. Nothing is kept by a cache unless the upstream says so itself: what passes keeps its own `Cache-Control` where it has one.
 * `Cross-Origin-Resource-Policy` is set only where no page of another origin is meant to read the answers.
 */
export function defaultSecurityHeaders(tls: boolean, cors: boolean): SecurityHeaders {
  const shared = [
    ...EVERYWHERE,
    ['cache-control', 'no-store'] as const,
    ...(tls ? [STRICT_TRANSPORT] : []),
    ...(cors ? [] : [['cross-origin-resource-policy', 'same-origin'] as const]),
  ];
  return { own: new Map([...shared, OWN_CONTENT_SECURITY]), passing: new Map([...shared, PASSING_CONTENT_SECURITY]) };
}
