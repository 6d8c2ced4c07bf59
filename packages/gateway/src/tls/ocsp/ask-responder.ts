import { randomBytes, type X509Certificate } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import { failureReason } from '../../egress/failure-reason.ts';
import { readAnswer } from '../../egress/read-answer.ts';
import type { ReadCertificate } from '../read-certificate.ts';
import { DerError } from '../der.ts';
import { certificateId, writeOcspRequest } from './ocsp-request.ts';
import { readOcspResponse, type OcspAnswer } from './ocsp-response.ts';

export interface ResponderOptions {
  readonly timeoutMs: number;
  readonly nonce: boolean;
  /** Connections of its own, which it closes. */
  readonly dispatcher: Dispatcher;
}

/** Asks responders what they say of certificates. */
export interface Responder {
  /** The answer and its bytes. Rejects with an `Error` whose message is for the operator. */
  ask(
    url: string,
    leaf: X509Certificate,
    issuer: ReadCertificate,
    nowMs: number,
  ): Promise<{ readonly answer: OcspAnswer; readonly der: Buffer }>;
  close(): Promise<void>;
}

const MAX_BYTES = 64 * 1024;
const NONCE_BYTES = 32;

/** How connections to responders are kept. */
export const RESPONDER_CONNECTIONS = { connections: 4, keepAliveTimeout: 4_000, maxHeaderSize: 16_384 };

/** Makes a client. Redirects lead where nobody configured and are not followed; at most 64 KiB are read. */
export function createResponder({ timeoutMs, nonce: withNonce, dispatcher }: ResponderOptions): Responder {
  return {
    async ask(url, leaf, issuer, nowMs) {
      const id = certificateId(leaf, issuer);
      const nonce = withNonce ? randomBytes(NONCE_BYTES) : null;
      try {
        const { statusCode, body } = await request(url, {
          dispatcher,
          method: 'POST',
          signal: AbortSignal.timeout(timeoutMs),
          headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
          body: writeOcspRequest(id, nonce),
        });
        const der = await readAnswer(body, MAX_BYTES);
        if (statusCode !== 200) throw new Error(`it answered with status ${statusCode}`);
        return { der, answer: readOcspResponse(der, { id, issuer, nonce, nowMs }) };
      } catch (error) {
        const unread = error instanceof DerError ? 'what it answered is no OCSP response: ' : '';
        throw new Error(`${new URL(url).origin}: ${unread}${failureReason(error)}`, { cause: error });
      }
    },
    close: () => dispatcher.destroy().catch(() => undefined),
  };
}
