import { request } from 'undici';
import { isObject, parseJson, type JsonObject } from '@sallyport/core';
import type { Egress, EgressClient } from '../egress/egress.ts';
import { readAnswer } from '../egress/read-answer.ts';

/** What an endpoint answered: its status, and the object in its body, null where there is none. */
export interface FormAnswer {
  readonly status: number;
  readonly value: JsonObject | null;
}

/** Posts a form once. Rejects where no answer came. */
export type SubmitForm = (
  url: string,
  form: URLSearchParams,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<FormAnswer>;

const MAX_BYTES = 256 * 1024;
const BOUNDS = { maxDepth: 32, maxKeys: 10_000 };

/**
 * Makes what sends codes and refresh tokens to a provider. Each is good for one use, so nothing is ever sent twice: every request has a connection of
 * its own, for one that was idle may be closed just as it is used, and nobody could tell whether the other side had read it. Redirects are not followed, compressed
 * answers and more than 256 KiB are not read.
 */
export function createSubmitForm(
  egress: Egress,
  client: EgressClient,
): { readonly submit: SubmitForm; readonly close: () => void } {
  const dispatcher = egress.dispatcher(client, { pipelining: 0, maxHeaderSize: 16_384 });
  return {
    async submit(url, form, headers, signal) {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(url, {
        dispatcher,
        signal,
        method: 'POST',
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
        body: form.toString(),
      });
      try {
        const encoding = answered['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity') throw new Error('the answer is compressed');
        const parsed = parseJson(await readAnswer(body, MAX_BYTES), BOUNDS);
        return { status: statusCode, value: parsed.ok && isObject(parsed.value) ? parsed.value : null };
      } finally {
        body.on('error', () => undefined).destroy();
      }
    },
    close: () => void dispatcher.destroy().catch(() => undefined),
  };
}
