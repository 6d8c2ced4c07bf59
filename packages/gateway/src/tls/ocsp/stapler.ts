import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:tls';
import { readCertificate, type ReadCertificate } from '../read-certificate.ts';
import type { CheckedCertificate } from '../door-certificate.ts';
import { readPemBlocks } from '../pem.ts';
import type { Responder } from './ask-responder.ts';
import { mustStaple, ocspUris } from './ocsp-fields.ts';

export interface StaplerEvents {
  tell(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, string | number>>): void;
  onAnswer(outcome: 'good' | 'revoked' | 'unknown' | 'failed'): void;
}

interface Stapled {
  readonly leaf: X509Certificate;
  readonly issuer: ReadCertificate;
  readonly uris: readonly string[];
  readonly name: string;
  readonly must: boolean;
  der: Buffer | null;
  untilMs: number;
  failures: number;
  timer: NodeJS.Timeout | null;
  fetching: Promise<void> | null;
}

/** How long an answer about a certificate of ours may take. */
export const STAPLE_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 3_600_000;
/** Half of the time that an answer is good for, and at most a day: one that was missed leaves time for the next. */
const MAX_REFRESH_MS = 86_400_000;

/**
 * Fetches what the authorities say of our own certificates and hands it out in handshakes (RFC 6066, section 8): clients need not ask, and the
 * authority does not learn who calls. In the background, and fresh before the old one ends.
 */
export class Stapler {
  readonly #events: StaplerEvents;
  #responder: Responder | null = null;
  #stapled = new Map<string, Stapled>();
  #closed = false;

  constructor(events: StaplerEvents) {
    this.#events = events;
  }

  /** From now on through these connections. */
  askThrough(responder: Responder): void {
    void this.#responder?.close();
    this.#responder = responder;
  }

  /** From now on for these certificates; what is known of those that stay is kept. */
  take(certificates: readonly CheckedCertificate[]): void {
    const next = new Map<string, Stapled>();
    for (const { certificate, names } of certificates) {
      const made = prepare(certificate, names[0] ?? '');
      if (made === null) continue;
      const key = made.leaf.fingerprint256;
      const known = this.#stapled.get(key);
      this.#stapled.delete(key);
      next.set(key, known ?? made);
      if (known === undefined) void this.#fetch(made);
    }
    for (const { timer } of this.#stapled.values()) if (timer !== null) clearTimeout(timer);
    this.#stapled = next;
  }

  /** Hands out answers in the handshakes of a server. Where a certificate must not go without one, the handshake waits for the first. */
  attach(server: Server): void {
    server.on(
      'OCSPRequest',
      (der: Buffer, _issuer: Buffer | null, done: (error: Error | null, response: Buffer | null) => void) => {
        const stapled = this.#stapled.get(new X509Certificate(der).fingerprint256);
        // One that ended before its time to be renewed came: the clock was set forward, as in a machine that was suspended.
        if (stapled !== undefined && stapled.failures === 0 && current(stapled) === null) void this.#fetch(stapled);
        if (stapled?.must === true && current(stapled) === null && stapled.fetching !== null)
          void stapled.fetching.then(() => done(null, current(stapled)));
        else done(null, stapled === undefined ? null : current(stapled));
      },
    );
  }

  /** Until when the answers for our certificates are good, by their first name; 0 where there is none. */
  status(): { readonly name: string; readonly untilMs: number }[] {
    return [...this.#stapled.values()].map((one) => ({
      name: one.name,
      untilMs: current(one) === null ? 0 : one.untilMs,
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.take([]);
    await this.#responder?.close();
  }

  #fetch(one: Stapled): Promise<void> {
    one.fetching ??= this.#fetchOnce(one).finally(() => (one.fetching = null));
    return one.fetching;
  }

  async #fetchOnce(one: Stapled): Promise<void> {
    if (one.timer !== null) clearTimeout(one.timer);
    const nowMs = Date.now();
    let reason = '';
    let delayMs = 0;
    for (const uri of one.uris)
      try {
        if (this.#responder === null) throw new Error('there is nothing to ask through');
        const { answer, der } = await this.#responder.ask(uri, one.leaf, one.issuer, nowMs);
        this.#events.onAnswer(answer.state);
        if (answer.state !== 'good') throw new Error(`it says that the certificate is ${answer.state}`);
        one.der = der;
        one.untilMs = answer.untilMs;
        if (one.failures > 0)
          this.#events.tell('info', 'an OCSP answer is stapled to a certificate again', { name: one.name });
        one.failures = 0;
        delayMs = Math.min((answer.untilMs - nowMs) / 2, MAX_REFRESH_MS);
        break;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    if (this.#closed) return;
    if (delayMs === 0) {
      one.failures += 1;
      delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(one.failures - 1, 10), MAX_RETRY_MS);
      this.#events.onAnswer('failed');
      this.#events.tell(one.must ? 'error' : 'warn', 'no OCSP answer can be stapled to a certificate', {
        name: one.name,
        reason,
      });
    }
    if (this.#stapled.get(one.leaf.fingerprint256) === one)
      one.timer = setTimeout(() => void this.#fetch(one), Math.max(delayMs, 1_000)).unref();
  }
}

function current({ der, untilMs }: Stapled): Buffer | null {
  return Date.now() < untilMs ? der : null;
}

/**
 * Why no answer will ever be stapled to a certificate, where somebody may count on one: clients, or whoever asked for stapling; null where nobody does, and where one will be.
 * `wanted`: whether the policy lets it be asked for.
 */
export function whyNeverStapled(
  pem: string,
  wanted: boolean,
): { readonly message: string; readonly hint: string } | null {
  const { leaf, uris, issuer } = readChain(pem);
  if (leaf === undefined) return null;
  const must = mustStaple(leaf.raw);
  const effect = must
    ? 'clients refuse it without a stapled answer (RFC 7633), and none is stapled'
    : 'no answer of the authority is stapled to it';
  if (!wanted)
    return must
      ? { message: `${effect}: stapling is off`, hint: 'Remove stapling: false, or have it issued without that.' }
      : null;
  if (uris.length === 0)
    return must
      ? {
          message: `${effect}: it names no responder (OCSP)`,
          hint: 'Have it issued with a responder, or without that.',
        }
      : null;
  return issuer === null
    ? {
        message: `${effect}: its file lacks the certificate of who issued it`,
        hint: 'Put that behind the certificate in the same file, as in a chain.',
      }
    : null;
}

/** The certificate, whom it names for questions, and its issuer where the chain has it. */
function readChain(pem: string): {
  readonly leaf: X509Certificate | undefined;
  readonly uris: readonly string[];
  readonly issuer: ReadCertificate | null;
} {
  const [leaf, ...others] = readPemBlocks(pem, 'CERTIFICATE').map((der) => new X509Certificate(der));
  const found = others.find((one) => leaf?.checkIssued(one) === true && leaf.verify(one.publicKey));
  return {
    leaf,
    uris: leaf === undefined ? [] : ocspUris(leaf.raw),
    issuer: found === undefined ? null : readCertificate(found),
  };
}

/** Null where the certificate names no responder, or its chain has no issuer to verify an answer with. */
function prepare(pem: string, name: string): Stapled | null {
  const { leaf, uris, issuer } = readChain(pem);
  if (leaf === undefined || uris.length === 0 || issuer === null) return null;
  const must = mustStaple(leaf.raw);
  return { leaf, issuer, uris, name, must, der: null, untilMs: 0, failures: 0, timer: null, fetching: null };
}
