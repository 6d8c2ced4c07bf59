import { request } from 'undici';
import { parseJson, type JsonValue } from '@sallyport/core';
import type { Egress, EgressClient } from '../egress/egress.ts';
import { readAnswer } from '../egress/read-answer.ts';

export interface FetchedJson {
  readonly value: JsonValue;
  /** `max-age` of Cache-Control in seconds; 0 for `no-store` and `no-cache`; null where nothing is said. */
  readonly maxAgeSeconds: number | null;
}

/** Posts a form and reads the JSON of the answer; as `FetchJson`, which see. */
export type PostForm = (
  url: string,
  form: URLSearchParams,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<JsonValue>;

/** Fetches one JSON document. Rejects with an Error whose message is for the operator and holds nothing of the answer's body. */
export type FetchJson = (url: string, signal: AbortSignal) => Promise<FetchedJson>;

/** Largest answer that is read: a key set of a hundred keys has a fifth of it. */
const MAX_BYTES = 256 * 1024;

const BOUNDS = { maxDepth: 32, maxKeys: 10_000 };

/**
 * Makes a fetcher with connections of its own, to where `egress` lets `client` go. Redirects are not followed (they lead where nobody configured), compressed answers
 * are refused (they can be larger than they look), more than 256 KiB is not read, and only status 200 with strict JSON counts.
 */
export function createFetchJson(
  egress: Egress,
  client: EgressClient,
  connections = 2,
): {
  readonly fetchJson: FetchJson;
  readonly postForm: PostForm;
  readonly close: () => void;
} {
  const dispatcher = egress.dispatcher(client, { connections, keepAliveTimeout: 4_000, maxHeaderSize: 16_384 });
  return {
    fetchJson: (url, signal) =>
      fetchWith(url, {
        dispatcher,
        signal,
        headers: { accept: 'application/json, application/jwk-set+json', ...PLAIN },
      }),
    async postForm(url, form, headers, signal) {
      const body = form.toString();
      const send = (): Promise<FetchedJson> =>
        fetchWith(url, {
          dispatcher,
          signal,
          method: 'POST',
          headers: {
            accept: 'application/json',
            'content-type': 'application/x-www-form-urlencoded',
            ...PLAIN,
            ...headers,
          },
          body,
        });
      try {
        return (await send()).value;
      } catch (error) {
        // The other side closed a connection that was idle, just as it was used again: that says nothing about the other side.
        if (signal.aborted || !isClosed(error)) throw error;
        return (await send()).value;
      }
    },
    close: () => void dispatcher.destroy().catch(() => undefined),
  };
}

const PLAIN = { 'accept-encoding': 'identity' };

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** An answer that is no success. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(
      `it answered with status ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`,
    );
    this.name = 'StatusError';
    this.status = status;
  }
}

async function fetchWith(url: string, options: NonNullable<Parameters<typeof request>[1]>): Promise<FetchedJson> {
  const { statusCode, headers, body } = await request(url, options);
  try {
    if (statusCode !== 200) throw new StatusError(statusCode);
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
      throw new Error('the answer is compressed');
    const parsed = parseJson(await readAnswer(body, MAX_BYTES), BOUNDS);
    if (!parsed.ok) throw new Error('the answer is not JSON');
    return { value: parsed.value, maxAgeSeconds: maxAge(headers['cache-control']) };
  } finally {
    // What is left of the body is not worth waiting for.
    body.on('error', () => undefined).destroy();
  }
}

/** Reads `max-age` (RFC 9111, section 5.2.2); of several the smallest counts. */
function maxAge(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  const text = (Array.isArray(header) ? header.join(',') : header).toLowerCase();
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/.test(text)) return 0;
  let smallest: number | null = null;
  for (const [, digits] of text.matchAll(/(?:^|[\s,])max-age="?(\d{1,10})(?!\d)/g))
    smallest = Math.min(smallest ?? Infinity, Number(digits));
  return smallest;
}
