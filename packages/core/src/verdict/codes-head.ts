import { defineCodes } from './code-entry.ts';

export const HEAD_CODES = defineCodes({
  TLS_REQUIRED: {
    status: 403,
    title: 'This API is reached by https only',
    cause:
      'A request came in plain HTTP: to a port that speaks TLS, or to the redirect port and is none that can be sent on, not GET or HEAD or for a host name that is not served here. Whatever secret it held has crossed the network in the open.',
    remedy: 'Use the https address, and replace a credential that was sent.',
  },
  HTTP_MALFORMED: {
    status: 400,
    title: 'The request is not valid HTTP',
    cause:
      'The bytes on the connection are not one well-formed HTTP/1.1 request, or could be read as more than one (RFC 9112, section 11.2); or the headers or frames of an HTTP/2 request are malformed (RFC 9113, section 8.1.1).',
    remedy: 'Send one request with one length, CRLF line ends and no white space before the colon of a header.',
  },
  HTTP_VERSION_UNSUPPORTED: {
    status: 505,
    title: 'HTTP version not supported',
    cause: 'The request was not HTTP/1.0, HTTP/1.1, or HTTP/2 over TLS.',
    remedy: 'Use HTTP/1.1, or HTTP/2 as the TLS handshake offers it.',
  },
  HTTP2_FLOOD: {
    status: 429,
    title: 'The connection asks for nothing, too often',
    cause:
      'On one HTTP/2 connection came more streams that were reset or malformed (200 at once, after that 20 a second and one for each request that was answered), more CONTINUATION frames of one head (8), or more frames that ask for nothing (1000 at once, 50 a second after: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA, heads on streams that have ended) than any client needs. Such floods cost a server work and get past limits that count requests (CVE-2023-44487 and its kind). The connection was ended with GOAWAY.',
    remedy: 'Look at the client: it resets requests that it has just sent, or is attacking.',
  },
  HTTP_HEAD_TOO_LARGE: {
    status: 431,
    title: 'The request head is too large',
    cause: 'Request line and headers together are larger than requests.maxHeadBytes, or there are too many headers.',
    remedy: 'Send fewer or shorter headers, or raise requests.maxHeadBytes.',
  },
  HTTP_HEAD_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    cause: 'The head was not complete within requests.headTimeout.',
    remedy: 'Send the whole head at once; look for a slow or blocked network.',
  },
  HTTP_HOST_INVALID: {
    status: 400,
    title: 'The Host header is missing or invalid',
    cause:
      'An HTTP/1.1 request needs exactly one valid Host header (RFC 9112, section 3.2); in HTTP/2 it must be the same as :authority.',
    remedy: 'Send one Host header with a host and an optional port.',
  },
  HTTP_HEADER_DUPLICATE: {
    status: 400,
    title: 'A header that may stand once was sent twice',
    cause:
      'A header that has a single value (Content-Type, Authorization, Content-Length …) was sent more than once; two readers could choose different ones.',
    remedy: 'Send the header once.',
  },
  HTTP_HEADER_INVALID: {
    status: 400,
    title: 'A header is not valid',
    cause:
      'A header name or value holds characters that HTTP does not allow, a name could be mistaken for one that decides something (`X_Forwarded_For`), Connection names an end-to-end header, or Forwarded and X-Forwarded-For name different clients.',
    remedy: 'Send header names made of token characters and values without control characters.',
  },
  HTTP_UPGRADE_UNSUPPORTED: {
    status: 501,
    title: 'Protocol upgrades are not supported',
    cause: 'The request asked to switch to another protocol, such as WebSocket.',
    remedy: 'Use plain HTTP requests; upgrades are not passed on.',
  },
  HTTP_EXPECTATION_UNSUPPORTED: {
    status: 417,
    title: 'The expectation cannot be met',
    cause: 'An Expect header asked for something other than 100-continue.',
    remedy: 'Leave the Expect header out.',
  },
  PATH_INVALID: {
    status: 400,
    title: 'The path is not valid',
    cause:
      'The target could be read as more than one path: dot segments, encoded slashes or dots, backslashes, double encoding, control characters, broken or overlong UTF-8, path parameters (`;`), or an absolute or authority form that does not fit.',
    remedy: 'Send the path in its plain form, each segment percent-encoded once.',
  },
  PATH_UNKNOWN: {
    status: 404,
    title: 'Not found',
    cause: 'No path of the document matches. It is recorded as undeclared traffic.',
    remedy: 'Call a path of the document; if the API has this one, declare it.',
  },
  METHOD_UNKNOWN: {
    status: 405,
    title: 'Method not allowed',
    cause: 'The document declares the path, but not with this method. The Allow header lists those it declares.',
    remedy: 'Use a method listed in the Allow header; if the API has this one, declare it.',
  },
  OPERATION_AMBIGUOUS: {
    status: 404,
    title: 'Not found',
    cause:
      'Two operations of the document have the same method and paths that differ in nothing but the names of their expressions, so that it cannot be told which rules hold. The document is not valid (OpenAPI 3.1, 4.8.8.2); `sallyport check` names both.',
    remedy: 'Give the two operations different paths in the document.',
    shownAs: 'PATH_UNKNOWN',
  },
  OPERATION_UNUSABLE: {
    status: 500,
    title: 'This operation cannot be served',
    cause:
      'A schema of the operation cannot be compiled, so that its requests or answers cannot be checked. Every call of it is refused; the rest of the API is guarded as ever.',
    remedy:
      'Correct the schema: `sallyport check` and the log name its file and line (`SCHEMA_UNUSABLE`). To serve the operation unchecked meanwhile, switch the rule off for it.',
  },
  OPERATION_RETIRED: {
    status: 410,
    title: 'This operation has been retired',
    cause: "The operation's sunset date (RFC 8594) has passed.",
    remedy: 'Move to the operation that replaces it.',
  },
  SECRETS_STALE: {
    status: 503,
    title: 'The service is temporarily unavailable',
    cause:
      'A secret of the policy (${vault:path#field}) should have been read again and could not be for longer than vault.maxStale: nobody can tell whether it is still good. The log says which, and why.',
    remedy: 'See that Vault can be reached and lets Sallyport read the secret; its return is noticed within a minute.',
  },
  INTERNAL_FAULT: {
    status: 500,
    title: 'Internal error',
    cause: 'A fault inside Sallyport. A fault in a protective stage denies: nothing was let through.',
    remedy: 'Find the request id in the log of Sallyport, where the cause is kept, and report it.',
  },
});
