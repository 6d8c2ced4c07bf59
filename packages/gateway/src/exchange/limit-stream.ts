import { Transform, type Readable } from 'node:stream';

/** Passes a body on as it comes, counting; past `maxBytes` it stops for good and calls `exceeded` once. */
export function limitStream(
  source: Readable,
  maxBytes: number,
  count: (bytes: number) => void,
  exceeded: () => void,
): Readable {
  let total = 0;
  const limited = new Transform({
    // One chunk at a time: a client decides how small they are, and each costs a hundred times its bytes while it waits.
    highWaterMark: 1,
    transform(chunk: Buffer, _encoding, callback) {
      total += chunk.length;
      if (total > maxBytes) {
        source.unpipe(limited);
        source.pause();
        exceeded();
        callback(new Error('the body is larger than allowed'));
        return;
      }
      count(chunk.length);
      callback(null, chunk);
    },
  });
  // The sink hears of the end through the call that is aborted; an error event without a listener would end the process.
  limited.on('error', () => undefined);
  source.on('error', (error) => limited.destroy(error));
  source.on('close', () => {
    if (!source.readableEnded) limited.destroy(new Error('the client closed the connection'));
  });
  return source.pipe(limited);
}
