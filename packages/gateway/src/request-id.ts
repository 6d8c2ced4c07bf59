import { randomBytes } from 'node:crypto';

/**
 * Makes request ids: 16 random characters for the process and a counter. Unique across processes, and cheap; they say
 * nothing about the client and are no secret. All of one length: a Content-Length must not tell two refusals apart.
 */
export function createRequestIds(): () => string {
  const prefix = randomBytes(12).toString('base64url');
  let next = 0;
  return () => {
    next += 1;
    return `${prefix}-${next.toString(36).padStart(8, '0')}`;
  };
}
