import type { Policy } from '@sallyport/core';

/** The security headers of what Sallyport itself answers, names and values in turn. */
export function ownHeaders(policy: Policy): readonly string[] {
  return [...policy.securityHeaders.own].flat();
}
