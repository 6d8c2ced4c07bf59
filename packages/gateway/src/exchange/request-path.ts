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

/** The body of a request as it arrives: counted, and cut off with `exceeded` past `maxBytes`. */
export function streamBody(
  client: ClientRequest,
  maxBytes: number,
  count: (bytes: number) => void,
  exceeded: () => void,
): Readable {
  letSend(client);
  return limitStream(client.streamBody(), maxBytes, count, exceeded);
}

/** Lets a client that asked first send its body (RFC 9110, section 10.1.1): only now, when whoever is asking may. */
function letSend(client: ClientRequest): void {
  if (client.expectsContinue) client.sendContinue();
}
