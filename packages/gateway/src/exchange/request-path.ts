import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Exchange } from '@sallyport/core';
import { BodyCollector, type Collected } from './body-collector.ts';
import { limitStream } from './limit-stream.ts';
import type { ClientRequest } from '../wire/client-request.ts';

/** A body announced to be no larger is collected even where nothing looks into it. */
const COLLECT_BYTES = 64 * 1024;

/** A stream costs several times what a small body does, and a slow one would hold a connection to the upstream meanwhile. */
export function isSmall({ headers }: Exchange): boolean {
  return headers.contentLength !== null && Number(headers.contentLength) <= COLLECT_BYTES;
}

/** Collects the body of a request, of at most `maxBytes`. Calls back once, and before anything was read where the head announces more. */
export function collectBody(
  client: ClientRequest,
  { headers }: Exchange,
  maxBytes: number,
  done: (result: Collected) => void,
): void {
  if (headers.contentLength !== null && Number(headers.contentLength) > maxBytes) return done('too-large');
  letSend(client);
  client.readBody(new BodyCollector(maxBytes, done));
}

/**
 * Collects a body of at most `maxBytes`, and hands on a larger one as it comes, with what was read of it first: where it is not refused for its size. Calls
 * back once.
 */
export function collectOrStream(
  client: ClientRequest,
  { headers }: Exchange,
  maxBytes: number,
  done: (result: Buffer | Readable) => void,
): void {
  letSend(client);
  const stream = client.streamBody();
  if (headers.contentLength !== null && Number(headers.contentLength) > maxBytes) return done(stream);
  const pieces: Buffer[] = [];
  let bytes = 0;
  const take = (piece: Buffer): void => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes <= maxBytes) return;
    stream.pause();
    stream.off('data', take).off('end', end);
    stream.unshift(Buffer.concat(pieces));
    done(stream);
  };
  const end = (): void => done(Buffer.concat(pieces));
  stream.on('data', take).on('end', end);
}

/** The body of a request as it arrives, or what is left of one that was `begun`: counted, and cut off with `exceeded` past `maxBytes`. */
export function streamBody(
  client: ClientRequest,
  begun: Readable | null,
  maxBytes: number,
  count: (bytes: number) => void,
  exceeded: () => void,
): Readable {
  letSend(client);
  return limitStream(begun ?? client.streamBody(), maxBytes, count, exceeded);
}

/** Lets a client that asked first send its body (RFC 9110, section 10.1.1): only now, when whoever is asking may. */
function letSend(client: ClientRequest): void {
  if (client.expectsContinue) client.sendContinue();
}
