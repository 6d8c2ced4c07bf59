import type { X509Certificate } from 'node:crypto';
import type { ClientOcspPolicy } from '@sallyport/core';
import { nameOf, type ReadCertificate } from '../read-certificate.ts';
import type { Responder } from './ask-responder.ts';
import { ocspUris } from './ocsp-fields.ts';
import { UnknownCertificateError } from './ocsp-response.ts';
import { ResponderOutages, type TellResponder } from './responder-outages.ts';

/** What is known of a certificate now, without asking. */
export interface KnownStatus {
  /** `unasked`: nobody could be asked, or has not been yet. `unknown`: the responder says that it does not know the certificate. */
  readonly state: 'good' | 'revoked' | 'unknown' | 'unasked';
  readonly untilMs: number;
  /** Why nobody answered when it was asked last; for the operator. */
  readonly failure?: string;
}

interface Entry extends KnownStatus {
  /** From when on a fresh answer is fetched before the old one ends. */
  readonly refreshAtMs: number;
}

const MAX_KEPT = 10_000;
const MAX_ASKING = 100;
/** A responder that is away is not asked for every connection again. */
const FAILED_MS = 10_000;
const NOTHING: KnownStatus = { state: 'unasked', untilMs: 0 };

/**
 * What responders said of clients' certificates (RFC 6960). Only certificates whose signature by one of our authorities was verified are ever
 * asked about: the address stands in the certificate, and a stranger's would make this machine ask wherever he likes (SSRF). Bounded: ten
 * thousand answers, a hundred questions at once, one for each certificate.
 */
export class ClientStatuses {
  readonly policy: ClientOcspPolicy;
  /** Answers by what they said, and questions that came to nothing. */
  readonly counts = { good: 0, revoked: 0, unknown: 0, failed: 0 };
  readonly #responder: Responder;
  readonly #known = new Map<string, Entry>();
  /** Whether a certificate of an authority names a responder. */
  readonly #asks = new WeakMap<X509Certificate, boolean>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #outages: ResponderOutages;

  constructor(policy: ClientOcspPolicy, responder: Responder, tell: TellResponder = () => undefined) {
    this.policy = policy;
    this.#responder = responder;
    this.#outages = new ResponderOutages(
      tell,
      policy.policy === 'soft'
        ? 'clients are let in without an answer, as ocsp.policy: soft says'
        : 'clients whom no list vouches for are refused with AUTHN_REVOCATION_UNKNOWN',
    );
  }

  /** What is known of a certificate that `issuer` issued; that must have been verified. */
  of(leaf: X509Certificate, nowMs: number): KnownStatus {
    const entry = this.#known.get(leaf.fingerprint256);
    if (entry === undefined) return NOTHING;
    if (!isOver(entry, nowMs)) return entry;
    return entry.failure === undefined ? NOTHING : { ...NOTHING, failure: entry.failure };
  }

  /** Asks where nothing is known, or soon nothing will be. Never rejects. */
  async refresh(leaf: X509Certificate, issuer: ReadCertificate, nowMs: number): Promise<void> {
    const name = leaf.fingerprint256;
    const entry = this.#known.get(name);
    if (entry !== undefined && nowMs < entry.refreshAtMs && !isOver(entry, nowMs)) return;
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      if (this.#asking.size >= MAX_ASKING) return;
      asking = this.#ask(name, leaf, issuer, nowMs).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    // What is good for a while yet is fetched behind the back of the client.
    if (entry === undefined || isOver(entry, nowMs)) await asking;
  }

  /** Whether an authority between root and client is asked about: where its certificate names a responder that may be asked, and the policy wants it. */
  asksAbout(authority: X509Certificate): boolean {
    if (this.policy.authorities === false) return false;
    let asks = this.#asks.get(authority);
    if (asks === undefined) {
      asks = this.#named(authority).length > 0;
      this.#asks.set(authority, asks);
    }
    return asks;
  }

  /** Takes over what was known before a reload: otherwise every open connection would be refused until it has been asked about again. */
  inherit(before: ClientStatuses): void {
    for (const outcome of ['good', 'revoked', 'unknown', 'failed'] as const)
      this.counts[outcome] += before.counts[outcome];
    if (JSON.stringify(before.policy) !== JSON.stringify(this.policy)) return;
    for (const [name, entry] of before.#known) this.#known.set(name, entry);
    this.#outages.inherit(before.#outages);
  }

  close(): Promise<void> {
    return this.#responder.close();
  }

  async #ask(name: string, leaf: X509Certificate, issuer: ReadCertificate, nowMs: number): Promise<void> {
    const failures: { readonly responder: string; readonly reason: string; readonly ofOne: boolean }[] = [];
    for (const url of this.#addresses(leaf)) {
      const { origin } = new URL(url);
      try {
        const { answer } = await this.#responder.ask(url, leaf, issuer, nowMs);
        this.counts[answer.state] += 1;
        const { state, untilMs } = answer;
        this.#keep(name, { state, untilMs, refreshAtMs: nowMs + (untilMs - nowMs) * 0.75 });
        this.#outages.answered(origin, name, nowMs);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const ofOne = error instanceof Error && error.cause instanceof UnknownCertificateError;
        failures.push({ responder: origin, reason, ofOne });
      }
    }
    const reason = failures.at(-1)?.reason ?? 'the certificate names no responder that may be asked';
    if (failures.length === 0) {
      const authority = nameOf(issuer.x509);
      this.#outages.failed(
        authority,
        `a certificate of ${authority} names no responder that may be asked`,
        name,
        nowMs,
      );
    }
    for (const { responder, reason: why, ofOne } of failures)
      this.#outages.failed(responder, why, ofOne ? name : null, nowMs);
    this.counts.failed += 1;
    const before = this.#known.get(name);
    const retryAtMs = nowMs + FAILED_MS;
    if (before !== undefined && before.state !== 'unasked' && before.untilMs > nowMs)
      this.#keep(name, { ...before, refreshAtMs: retryAtMs, failure: reason });
    else this.#keep(name, { state: 'unasked', untilMs: retryAtMs, refreshAtMs: retryAtMs, failure: reason });
  }

  #addresses(certificate: X509Certificate): readonly string[] {
    // One that is named for all answers for their issuer, and not for whoever issued that.
    return this.policy.responder === null || certificate.ca ? this.#named(certificate) : [this.policy.responder];
  }

  #named(certificate: X509Certificate): readonly string[] {
    const { hosts } = this.policy;
    return ocspUris(certificate.raw).filter((uri) => {
      const { hostname, username, password } = new URL(uri);
      if (username !== '' || password !== '') return false;
      // Where the others may lead is looked at when they are connected to.
      return hosts === null || hosts.includes(hostname.toLowerCase().replace(/^\[|\]$/g, ''));
    });
  }

  #keep(name: string, entry: Entry): void {
    this.#known.delete(name);
    if (this.#known.size >= MAX_KEPT) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(name, entry);
  }
}

/** Whether it counts no longer. A failure whose end is further away than it ever was is one of before the clock was set back. */
function isOver({ state, untilMs }: KnownStatus, nowMs: number): boolean {
  return nowMs >= untilMs || (state === 'unasked' && untilMs - nowMs > FAILED_MS);
}
