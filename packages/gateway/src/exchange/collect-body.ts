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
  let more: Buffer[] | null = null;
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
    else if (more === null) more = [first, chunk];
    else more.push(chunk);
  });
  request.on('end', () => finish(more !== null ? Buffer.concat(more, bytes) : (first ?? Buffer.alloc(0))));
  request.on('error', () => finish('aborted'));
  request.on('close', () => finish('aborted'));
}
