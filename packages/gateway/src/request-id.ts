import { randomBytes } from 'node:crypto';

/** The last two digits of a counter in base 36, made once. */
const ENDS: readonly string[] = Array.from({ length: 36 * 36 }, (_, n) => n.toString(36).padStart(2, '0'));

/**
 * Makes request ids: 16 random characters for the process and a counter. Unique across processes, and cheap; they say
 * nothing about the client and are no secret. All of one length: a Content-Length must not tell two refusals apart.
 */
export function createRequestIds(): () => string {
  const process = randomBytes(12).toString('base64url');
  let prefix = '';
  let next = 0;
  return () => {
    next += 1;
    const last = next % ENDS.length;
    if (prefix === '' || last === 0)
      prefix = `${process}-${Math.floor(next / ENDS.length)
        .toString(36)
        .padStart(6, '0')}`;
    return prefix + (ENDS[last] as string);
  };
}
