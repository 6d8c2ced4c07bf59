import type { IncomingMessage } from 'node:http';

/**
 * Collects a request body of at most `maxBytes`. Calls back once: with the whole body, `too-large` as soon as it is, or
 * `aborted` when the client went away. The declared length is a hint for nothing but the order of checks: what counts is what comes.
 */
export function collectBody(
  request: IncomingMessage,
  declaredLength: string | null,
  maxBytes: number,
  done: (result: Buffer | 'too-large' | 'aborted') => void,
): void {
  if (declaredLength !== null && Number(declaredLength) > maxBytes) return done('too-large');
  let first: Buffer | null = null;
  let held: Buffer | null = null;
  let bytes = 0;
  let over = false;
  const finish = (result: Buffer | 'too-large' | 'aborted'): void => {
    if (over) return;
    over = true;
    done(result);
  };
  request.on('data', (chunk: Buffer) => {
    if (over) return;
    bytes += chunk.length;
    if (bytes > maxBytes) {
      request.pause();
      finish('too-large');
    } else if (first === null) first = chunk;
    else {
      const before = bytes - chunk.length;
      held = withRoom(held ?? first, before, bytes, maxBytes);
      chunk.copy(held, before);
    }
  });
  request.on('end', () => finish(held !== null ? held.subarray(0, bytes) : (first ?? Buffer.alloc(0))));
  request.on('error', () => finish('aborted'));
  request.on('close', () => finish('aborted'));
}

const LEAST_ROOM = 16 * 1024;

/** A buffer for `bytes` with the first `used` of what was held; the same one while it has room. A buffer for each chunk would cost a hundred times what a client sends byte by byte. */
function withRoom(held: Buffer, used: number, bytes: number, maxBytes: number): Buffer {
  // The first chunk is a view on what the socket read, and has no room behind it.
  if (used > 0 && bytes <= held.length) return held;
  const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(bytes, held.length * 2, LEAST_ROOM)));
  held.copy(larger, 0, 0, used);
  return larger;
}
