import { createHmac, type KeyObject } from 'node:crypto';

/** HMAC-SHA-256 in hex. */
export function vouch(text: string, key: Buffer | KeyObject): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
