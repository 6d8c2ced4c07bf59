import { request, type Dispatcher } from 'undici';
import { isObject, parseJson, type JsonObject, type VaultPolicy } from '@sallyport/core';
import { type Egress, namedBy } from '../egress/egress.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { readAnswer } from '../egress/read-answer.ts';
import { VaultError } from './vault-error.ts';

/** One question to Vault. Rejects with a `VaultError`. An answer without a body is an empty object. */
export type VaultCall = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  more?: { readonly token?: string; readonly body?: JsonObject },
) => Promise<JsonObject>;

const MAX_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 8;
const BOUNDS = { maxDepth: 32, maxKeys: 10_000 };

/**
 * Speaks to Vault or OpenBao over connections of its own, opened by `egress`. Its certificate is verified; redirects are not followed (they lead where nobody
 * configured, and a token would go along), compressed answers are refused, more than 1 MiB is not read, and an answer that takes longer than
 * `timeoutMs` is none. Opens no connection before the first question. `ca` is PEM; null for the authorities that the system trusts.
 */
export function createVaultHttp(
  policy: Pick<VaultPolicy, 'address' | 'namespace' | 'timeoutMs'>,
  ca: string | null,
  egress: Egress,
): {
  readonly call: VaultCall;
  close(): void;
} {
  const dispatcher = egress.dispatcher(
    { purpose: 'vault', names: namedBy([policy.address]) },
    { connections: MAX_CONNECTIONS, keepAliveTimeout: 4_000, maxHeaderSize: 16_384, ca },
  );
  const { origin } = new URL(policy.address);
  return {
    async call(method, path, { token, body } = {}) {
      try {
        const answer = await request(`${policy.address}/v1/${path}`, {
          dispatcher,
          method,
          signal: AbortSignal.timeout(policy.timeoutMs),
          headers: {
            accept: 'application/json',
            'accept-encoding': 'identity',
            // Without it an agent or proxy of Vault's refuses: a page that a browser was led to cannot set it.
            'x-vault-request': 'true',
            ...(policy.namespace === null ? {} : { 'x-vault-namespace': policy.namespace }),
            ...(token === undefined ? {} : { 'x-vault-token': token }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return await read(answer, origin);
      } catch (error) {
        if (error instanceof VaultError) throw error;
        throw new VaultError('unavailable', `${origin}: ${failureReason(error, 'vault.ca')}`, error);
      }
    },
    close: () => void dispatcher.destroy().catch(() => undefined),
  };
}

async function read({ statusCode, headers, body }: Dispatcher.ResponseData, origin: string): Promise<JsonObject> {
  try {
    if (statusCode !== 200 && statusCode !== 204) throw refusal(statusCode, origin);
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
      throw new VaultError('unavailable', `${origin}: the answer is compressed`);
    const bytes = await readAnswer(body, MAX_BYTES);
    if (bytes.length === 0) return {};
    const parsed = parseJson(bytes, BOUNDS);
    if (!parsed.ok || !isObject(parsed.value))
      throw new VaultError('unavailable', `${origin}: the answer is no JSON object`);
    return parsed.value;
  } finally {
    // What is left of the body is not worth waiting for.
    body.on('error', () => undefined).destroy();
  }
}

/** What the body of a refusal says is not repeated: it may quote what was sent. */
function refusal(status: number, origin: string): VaultError {
  if (status === 403) return new VaultError('denied', `${origin}: permission denied (status 403)`);
  if (status === 400 || status === 404 || status === 405)
    return new VaultError('refused', `${origin}: it is not there, or cannot be done (status ${status})`);
  const reason =
    status === 503
      ? 'it is sealed, or starting'
      : status >= 300 && status < 400
        ? 'redirects are not followed: name the address that answers itself'
        : status === 429 || status === 473
          ? 'it is busy, or a standby'
          : 'it answered unexpectedly';
  return new VaultError('unavailable', `${origin}: ${reason} (status ${status})`);
}
