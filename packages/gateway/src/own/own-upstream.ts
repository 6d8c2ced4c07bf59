import type { Readable } from 'node:stream';
import type { Exchange } from '@sallyport/core';
import type { UpstreamPort, UpstreamSink } from '../wire/upstream-port.ts';

/** One request to an operation of Sallyport's own, after every stage has passed it. */
export interface OwnRequest {
  /** Who asks, for which operation, from where. */
  readonly exchange: Exchange;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

export interface OwnAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Answers one operation. Where it throws, the client is told no more than that something failed. */
export type OwnHandler = (request: OwnRequest) => OwnAnswer | Promise<OwnAnswer>;

/**
 * An upstream inside this process, so that what Sallyport itself offers goes through the same stages as any API: who may ask, how often, with what, and whether
 * the answer is as its document declares. Handlers are filed under the ids of operations.
 */
export function createOwnUpstream(handlers: ReadonlyMap<string, OwnHandler>): UpstreamPort {
  let pending = 0;
  return {
    send({ exchange, body }, sink) {
      let aborted = false;
      pending += 1;
      answer(handlers, exchange ?? null, body)
        .then(
          (answered) => {
            if (!aborted) pass(answered, sink);
          },
          (error: unknown) => {
            if (!aborted)
              sink.onUpstreamFailure({
                code: 'UPSTREAM_BROKEN',
                cause: error instanceof Error ? error.message : 'unknown error',
              });
          },
        )
        .finally(() => (pending -= 1));
      return { abort: () => void (aborted = true), resume: () => undefined };
    },
    get pending() {
      return pending;
    },
    close: () => Promise.resolve(),
  };
}

async function answer(
  handlers: ReadonlyMap<string, OwnHandler>,
  exchange: Exchange | null,
  body: Uint8Array | Readable | null,
): Promise<OwnAnswer> {
  const handler = handlers.get(exchange?.operation?.operation.id ?? '');
  if (exchange === null || handler === undefined) throw new Error('nothing answers this operation');
  return handler({ exchange, body: await collect(body) });
}

/** A body that comes as a stream has a bound of its own by then. */
async function collect(body: Uint8Array | Readable | null): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pass({ status, headers, body }: OwnAnswer, sink: UpstreamSink): void {
  const bytes = Buffer.from(body);
  sink.onUpstreamHead(status, [...headers, 'Content-Length', String(bytes.length)]);
  if (bytes.length > 0) sink.onUpstreamData(bytes);
  sink.onUpstreamEnd();
}
