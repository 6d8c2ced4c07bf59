import type { KeyObject } from 'node:crypto';
import { request } from 'undici';
import { namedBy, type Egress } from '../../egress/egress.ts';
import { doubtAbout } from '../../egress/doubt-about.ts';
import { failureReason } from '../../egress/failure-reason.ts';
import { readAnswer } from '../../egress/read-answer.ts';
import { AcmeError, problemError } from './acme-error.ts';
import { publicJwk, signJws } from './jws-signer.ts';

/** The addresses of an authority (RFC 8555, section 7.1.1; RFC 9773, section 4.1). */
export interface AcmeDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly renewalInfo: string | null;
}

export interface AcmeAnswer {
  readonly status: number;
  /** Of a resource that was made. */
  readonly location: string | null;
  readonly retryAfterMs: number | null;
  readonly text: string;
  /** The text as an object; empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One conversation with an authority. Every method rejects with an `Error` whose message is for the operator. */
export interface AcmeConnection {
  directory(): Promise<AcmeDirectory>;
  /** Reads without an account. */
  get(url: string): Promise<AcmeAnswer>;
  /** Sends a signed request; `account` null signs with the key itself, as only a new account does. Status 2xx, or it rejects. */
  post(url: string, account: string | null, payload: object | null, accept?: string): Promise<AcmeAnswer>;
  close(): Promise<void>;
}

const REQUEST_MS = 30_000;
const MAX_BYTES = 256 * 1024;
/** An authority that says badNonce again and again is broken; the one that tests are run against does it to one request in twenty, or more. */
const MAX_TRIES = 25;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
const USER_AGENT = 'sallyport';

/**
 * Makes a conversation with the authority at `directoryUrl`, whose https is verified by `ca` (PEM) or what the system trusts. Redirects are
 * not followed, answers over 256 KiB are not read, and every address that the authority names must be https.
 */
export function createAcmeConnection(
  directoryUrl: string,
  ca: string | null,
  key: KeyObject,
  signal: AbortSignal,
  egress: Egress,
): AcmeConnection {
  const client = { purpose: 'acme', names: namedBy([directoryUrl]) } as const;
  const dispatcher = egress.dispatcher(client, { connections: 1, maxHeaderSize: 16_384, ca });
  const nonces: string[] = [];
  let known: Promise<AcmeDirectory> | null = null;

  async function ask(
    url: string,
    method: 'GET' | 'HEAD' | 'POST',
    body: string | null,
    accept: string,
  ): Promise<AcmeAnswer> {
    const doubt = doubtAbout(url, directoryUrl, 'certificate authority');
    if (doubt !== null) throw new AcmeError(doubt);
    const within = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        signal: within,
        body,
        headers: {
          accept,
          'accept-encoding': 'identity',
          'user-agent': USER_AGENT,
          ...(body === null ? {} : { 'content-type': 'application/jose+json' }),
        },
      });
      const text = (await readAnswer(answer.body, MAX_BYTES)).toString('utf8');
      const nonce = answer.headers['replay-nonce'];
      if (typeof nonce === 'string' && /^[\w-]{1,512}$/.test(nonce) && nonces.length < 10) nonces.push(nonce);
      const { location } = answer.headers;
      return {
        status: answer.statusCode,
        location: typeof location === 'string' ? new URL(location, url).href : null,
        retryAfterMs: readRetryAfter(answer.headers['retry-after'], Date.now()),
        text,
        body: readObject(text),
      };
    } catch (error) {
      if (error instanceof AcmeError) throw error;
      throw new AcmeError(`${new URL(url).origin}: ${failureReason(error, 'listen.tls.acme.ca')}`);
    }
  }

  async function readDirectory(): Promise<AcmeDirectory> {
    const { status, body, retryAfterMs } = await ask(directoryUrl, 'GET', null, 'application/json');
    const { newNonce, newAccount, newOrder, renewalInfo } = body;
    if (status !== 200) throw problemError(body, `the directory of the authority answered ${status}`, retryAfterMs);
    if (typeof newNonce !== 'string' || typeof newAccount !== 'string' || typeof newOrder !== 'string')
      throw new AcmeError('what the directory URL leads to is no ACME directory');
    return { newNonce, newAccount, newOrder, renewalInfo: typeof renewalInfo === 'string' ? renewalInfo : null };
  }

  const directory = (): Promise<AcmeDirectory> => (known ??= readDirectory());

  async function freshNonce(): Promise<string> {
    const kept = nonces.shift();
    if (kept !== undefined) return kept;
    await ask((await directory()).newNonce, 'HEAD', null, '*/*');
    const nonce = nonces.shift();
    if (nonce === undefined) throw new AcmeError('the authority gave no nonce');
    return nonce;
  }

  return {
    directory,
    get: (url) => ask(url, 'GET', null, 'application/json'),
    async post(url, account, payload, accept = 'application/json') {
      for (let tries = 1; ; tries += 1) {
        const header = {
          nonce: await freshNonce(),
          url,
          ...(account === null ? { jwk: publicJwk(key) } : { kid: account }),
        };
        const answer = await ask(url, 'POST', JSON.stringify(signJws(key, header, payload)), accept);
        if (answer.status >= 200 && answer.status < 300) return answer;
        const error = problemError(answer.body, `the authority answered ${answer.status}`, answer.retryAfterMs);
        // Nonces are spent and forgotten at the authority's own pleasure (RFC 8555, section 6.5).
        if (error.type !== 'badNonce' || tries >= MAX_TRIES) throw error;
      }
    },
    close: () => dispatcher.destroy().catch(() => undefined),
  };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** RFC 9110, section 10.2.3: seconds or a date; at most a day. Null where it is neither. */
function readRetryAfter(header: string | string[] | undefined, nowMs: number): number | null {
  if (typeof header !== 'string') return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : null;
}
