import type { Policy } from '@sallyport/core';

/** The security headers of what Sallyport itself answers, names and values in turn. */
export function ownHeaders(policy: Policy): readonly string[] {
  return [...policy.securityHeaders.own].flat();
}

/** The same for an answer in plain HTTP: without Strict-Transport-Security (RFC 6797, section 7.2). */
export function plainHeaders(headers: readonly string[]): readonly string[] {
  return headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'strict-transport-security');
}
