import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 16 * 1024;
let pool = '';
let at = 0;
const bytes = Buffer.alloc(POOL_BYTES);

/** `digits` random hexadecimal digits, drawn from a pool that is filled 16 KiB at a time: one call for many ids. */
export function randomHex(digits: number): string {
  if (at + digits > pool.length) {
    randomFillSync(bytes);
    pool = bytes.toString('hex');
    at = 0;
  }
  at += digits;
  return pool.slice(at - digits, at);
}
