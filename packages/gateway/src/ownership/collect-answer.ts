import type { UpstreamCall, UpstreamPort, UpstreamRequest } from '../wire/upstream-port.ts';

/** A whole answer. */
export interface Collected {
  readonly status: number;
  readonly headers: string[];
  readonly bytes: Buffer;
}

/** An answer that says whose an object is holds that object; a larger one is not waited for. */
const MAX_BYTES = 1024 * 1024;

/**
 * Sends a request and waits for its whole answer, `firstByteTimeoutMs` in all; or says in words, for the operator, why there is none: it is given up when `stop` says so.
 * Never rejects.
 */
export function collectAnswer(
  upstream: UpstreamPort,
  request: UpstreamRequest,
  stop: AbortSignal,
): Promise<Collected | string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: string[] = [];
    let call: UpstreamCall | null = null;
    const end = (result: Collected | string): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const give = (why: string): void => {
      call?.abort();
      end(why);
    };
    const timer = setTimeout(
      () => give(`no whole answer in ${request.firstByteTimeoutMs} ms`),
      request.firstByteTimeoutMs,
    );
    call = upstream.send(request, {
      onUpstreamHead(got, rawHeaders) {
        status = got;
        headers = rawHeaders;
      },
      onUpstreamData(chunk) {
        size += chunk.length;
        if (size > MAX_BYTES) give('the answer is larger than 1 MiB');
        else chunks.push(chunk);
        return true;
      },
      onUpstreamEnd: () => end({ status, headers, bytes: Buffer.concat(chunks) }),
      onUpstreamFailure: ({ code, cause }) => end(`${code}: ${cause}`),
    });
    stop.addEventListener('abort', () => give('nobody waits for it'), { once: true });
  });
}
