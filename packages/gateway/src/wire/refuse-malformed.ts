import { deny, PROBLEM_TYPE, renderProblem, type Code, type Denial } from '@sallyport/core';
import type { WireError } from './client-request.ts';
import { plainHeaders } from './own-headers.ts';

const CODES: Readonly<Record<string, Code>> = {
  HEAD_SIZE: 'HTTP_HEAD_TOO_LARGE',
  VERSION: 'HTTP_VERSION_UNSUPPORTED',
  HEAD_TIMEOUT: 'HTTP_HEAD_TIMEOUT',
  BODY_TIMEOUT: 'BODY_TIMEOUT',
  CONNECT: 'METHOD_UNKNOWN',
  HOST: 'HTTP_HOST_INVALID',
  FLOOD: 'HTTP2_FLOOD',
  PLAIN_HTTP: 'TLS_REQUIRED',
};

/** The denial for bytes that are no request. What the wire says of them is for the operator. */
export function malformedDenial({ code, message }: WireError): Denial {
  const shown = CODES[code] ?? 'HTTP_MALFORMED';
  if (shown === 'BODY_TIMEOUT') return deny(shown, 'body');
  return deny(shown, 'head', { facts: { reason: message }, headers: shown === 'METHOD_UNKNOWN' ? ['Allow', ''] : [] });
}

/** The reply to bytes that are no request. */
export function malformedReply(
  denial: Denial,
  requestId: string,
  ownHeaders: readonly string[],
): { readonly status: number; readonly headers: readonly string[]; readonly body: Uint8Array } {
  const { status, body } = renderProblem(denial, requestId);
  const own = denial.code === 'TLS_REQUIRED' ? plainHeaders(ownHeaders) : ownHeaders;
  const headers = ['Content-Type', PROBLEM_TYPE, 'X-Request-Id', requestId, ...denial.headers, ...own];
  return { status, headers, body: Buffer.from(body) };
}
