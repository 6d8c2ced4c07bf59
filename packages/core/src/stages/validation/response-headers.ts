/**
 * Response headers that pass though the document does not declare them, each for a reason. The rest of the undeclared ones follow
 * `responses.undeclaredHeaders`.
 */
const PASSING: Readonly<Record<string, readonly string[]>> = {
  'they frame or describe the body, and a client cannot read it without them (RFC 9110, section 8)': [
    'content-type',
    'content-length',
    'content-encoding',
    'content-language',
    'content-location',
    'content-disposition',
    'content-range',
    'accept-ranges',
    'trailer',
  ],
  'caches and conditional requests need them (RFC 9110, section 8.8; RFC 9111)': [
    'date',
    'age',
    'cache-control',
    'etag',
    'expires',
    'last-modified',
    'vary',
    'pragma',
  ],
  'they tell a client what to do next (RFC 9110, sections 10.2 and 11.6; RFC 8288)': [
    'allow',
    'accept',
    'accept-patch',
    'accept-post',
    'location',
    'link',
    'retry-after',
    'www-authenticate',
    'preference-applied',
  ],
  'they restrict what a browser does with the answer: taking them out would weaken it': [
    'content-security-policy',
    'content-security-policy-report-only',
    'cross-origin-embedder-policy',
    'cross-origin-opener-policy',
    'cross-origin-resource-policy',
    'permissions-policy',
    'referrer-policy',
    'strict-transport-security',
    'x-content-type-options',
    'x-frame-options',
    'clear-site-data',
  ],
  'they announce the life of the operation and its limits (RFC 9745, RFC 8594)': [
    'deprecation',
    'sunset',
    'ratelimit',
    'ratelimit-policy',
  ],
  'tracing: an identifier and nothing of the service': ['traceparent', 'traceresponse', 'x-request-id'],
  'cross-origin answers: they follow from the request and carry no data': [
    'access-control-allow-origin',
    'access-control-allow-credentials',
    'access-control-allow-headers',
    'access-control-allow-methods',
    'access-control-expose-headers',
    'access-control-max-age',
    'timing-allow-origin',
  ],
  'connection management: the shell removes them': [
    'connection',
    'keep-alive',
    'transfer-encoding',
    'proxy-connection',
    'te',
    'upgrade',
  ],
};

/** Names in lower case. */
export const PASSING_HEADERS: ReadonlySet<string> = new Set(Object.values(PASSING).flat());
