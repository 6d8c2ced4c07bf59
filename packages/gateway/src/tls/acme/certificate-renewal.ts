import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import type { AcmePolicy } from '@sallyport/core';
import { fileReason } from '../../file-reason.ts';
import type { Egress } from '../../egress/egress.ts';
import { createAcmeConnection } from './acme-connection.ts';
import { AcmeError } from './acme-error.ts';
import type { AcmeStorage, FailedAttempts, KeptCertificate } from './acme-storage.ts';
import { orderCertificate } from './order-certificate.ts';
import { renewalName, renewalTime, retryDelay, suggestedTime } from './renewal-time.ts';

/** What `listen.tls.acme` says, with what its files hold. */
export interface AcmeSettings {
  readonly policy: AcmePolicy;
  /** In PEM; null: what the system trusts. */
  readonly ca: string | null;
  readonly eab: { readonly keyId: string; readonly key: string } | null;
  readonly storage: AcmeStorage;
  readonly egress: Egress;
}

export interface RenewalEvents {
  /** Another certificate is in the storage than before: ordered here, or by another machine that shares the folder. */
  onCertificate(kept: KeptCertificate): void;
  tell(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, string | number>>): void;
}

export interface RenewalClock {
  nowMs(): number;
  /** 0 to 1. */
  random(): number;
}

export interface RenewalStatus {
  readonly issued: number;
  readonly failed: number;
  /** When the certificate is renewed; 0 where there is none yet. */
  readonly dueAtMs: number;
}

const SYSTEM: RenewalClock = { nowMs: () => Date.now(), random: () => Math.random() };
/** How often is looked whether something is to be done, or another machine has done it. */
const LOOK_MS = { waiting: 2_000, served: 60_000 } as const;
const ATTEMPT_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;

/**
 * Keeps the certificate of `listen.tls.acme` fresh, in the background. A certificate that is good is served without a word to the authority;
 * renewal begins after two thirds of its life, or when the authority suggests. Failures wait longer each time, over restarts too, and of
 * several processes that share a folder one orders.
 */
export class CertificateRenewal {
  readonly #settings: AcmeSettings;
  readonly #events: RenewalEvents;
  readonly #clock: RenewalClock;
  readonly #stop = new AbortController();
  readonly #counts = { issued: 0, failed: 0 };
  #kept: KeptCertificate | null = null;
  #leaf: X509Certificate | null = null;
  #dueAtMs = 0;
  #askAtMs: number;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  /** What the folder does not take stays here: a certificate that was issued, and how long to wait after an attempt that failed. */
  #unkept: KeptCertificate | null = null;
  #unkeptFailures: FailedAttempts | null = null;
  /** What was told of the folder last: it is looked at every few seconds. */
  #told: string | null = null;

  constructor(settings: AcmeSettings, events: RenewalEvents, clock: RenewalClock = SYSTEM) {
    this.#settings = settings;
    this.#events = events;
    this.#clock = clock;
    this.#askAtMs = clock.nowMs() + clock.random() * HOUR_MS;
    this.#take(settings.storage.certificate());
  }

  /** The same settings go on with the same renewal over a reload. */
  isFor(settings: AcmeSettings): boolean {
    const text = ({ policy, ca, eab, egress }: AcmeSettings): string =>
      JSON.stringify([{ ...policy, eab: null }, ca, eab, egress.policy]);
    return text(settings) === text(this.#settings);
  }

  get status(): RenewalStatus {
    return { ...this.#counts, dueAtMs: this.#dueAtMs };
  }

  start(): void {
    this.#tellOfPause();
    this.#schedule(0);
  }

  /** Who has mended what was wrong and started again would wait for a certificate without a word. */
  #tellOfPause(): void {
    const { policy, storage } = this.#settings;
    const { failures, notBeforeMs } = storage.failures();
    if (this.#leaf !== null || notBeforeMs <= this.#clock.nowMs()) return;
    this.#events.tell('warn', 'a certificate is not ordered yet, as earlier attempts failed', {
      names: policy.domains.join(', '),
      failures,
      'next attempt': new Date(notBeforeMs).toISOString(),
      'to try at once': `remove ${join(storage.folder, 'failures.json')} and start again`,
    });
  }

  /** After a reload has read the folder: what it could not read there is told of again. */
  reloaded(): void {
    if (this.#unkept !== null) this.#events.onCertificate(this.#unkept);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  #schedule(delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.look(), delayMs).unref();
  }

  /** Looks whether anything is to be done now, and does it. Never rejects; of two calls at once the second waits for the first. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .then(() => void (this.#told = null))
      .catch((error: unknown) => {
        const reason = reasonOf(error);
        if (reason !== this.#told) this.#tellOfFolder('a certificate cannot be ordered', reason);
        this.#told = reason;
      })
      .finally(() => {
        this.#looking = null;
        this.#schedule(this.#leaf === null ? LOOK_MS.waiting : LOOK_MS.served);
      });
    return this.#looking;
  }

  #tellOfFolder(message: string, reason: string): void {
    this.#events.tell('error', message, { folder: this.#settings.storage.folder, reason });
  }

  async #lookOnce(): Promise<void> {
    const { storage } = this.#settings;
    this.#adopt();
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#askAtMs && this.#leaf !== null) await this.#askWhen(this.#leaf);
    if (nowMs < this.#dueAtMs || nowMs < this.#failures().notBeforeMs) return;
    const lock = storage.lock(Date.now());
    if (lock === null) return;
    try {
      // Whoever had the lock before may have renewed it, or failed and asked for a pause.
      this.#adopt();
      if (nowMs >= this.#dueAtMs && nowMs >= this.#failures().notBeforeMs) await this.#order(() => lock.refresh());
    } finally {
      lock.release();
    }
  }

  async #order(alive: () => void): Promise<void> {
    const { policy, ca, eab, storage, egress } = this.#settings;
    const { tell } = this.#events;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ATTEMPT_MS)]);
    const accountKey = storage.accountKey();
    const connection = createAcmeConnection(policy.directory, ca, accountKey, signal, egress);
    const replaces = this.#leaf === null ? null : renewalName(this.#leaf);
    try {
      const order = { settings: policy, eab, accountKey, storage, connection, replaces, signal, alive };
      this.#unkept = await orderCertificate(order);
      this.#counts.issued += 1;
      this.#keep((reason) =>
        this.#tellOfFolder('a certificate was issued and cannot be kept: it is served until the process ends', reason),
      );
      this.#adopt();
      this.#keepFailures(null);
      tell('info', 'a certificate was issued', {
        names: policy.domains.join(', '),
        expires: this.#leaf?.validToDate.toISOString() ?? '',
      });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#counts.failed += 1;
      const failures = this.#failures().failures + 1;
      const asked = error instanceof AcmeError ? error.retryAfterMs : null;
      const delayMs = retryDelay(failures, this.#leaf !== null, asked, this.#clock.random());
      const notBeforeMs = this.#clock.nowMs() + delayMs;
      this.#keepFailures({ failures, notBeforeMs });
      tell(this.#leaf === null ? 'error' : 'warn', 'a certificate could not be ordered', {
        names: policy.domains.join(', '),
        reason: reasonOf(error),
        failures,
        'next attempt': new Date(notBeforeMs).toISOString(),
      });
    } finally {
      await connection.close();
    }
  }

  /** Asks the authority when it would like to renew, without a word where it does not say or cannot be asked. */
  async #askWhen(leaf: X509Certificate): Promise<void> {
    this.#askAtMs = this.#clock.nowMs() + 6 * HOUR_MS;
    const { policy, ca, storage, egress } = this.#settings;
    const name = renewalName(leaf);
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(60_000)]);
    const connection = createAcmeConnection(policy.directory, ca, storage.accountKey(), signal, egress);
    try {
      const { renewalInfo } = await connection.directory();
      if (renewalInfo === null || name === null) return;
      const { status, body, retryAfterMs } = await connection.get(`${renewalInfo.replace(/\/$/, '')}/${name}`);
      if (retryAfterMs !== null)
        this.#askAtMs = this.#clock.nowMs() + Math.min(Math.max(retryAfterMs, HOUR_MS / 4), 24 * HOUR_MS);
      const atMs = status === 200 ? suggestedTime(body, lifetimeOf(leaf), this.#clock.random()) : null;
      if (atMs !== null && leaf === this.#leaf) this.#dueAtMs = atMs;
    } catch {
      // It is asked again, and the two thirds hold without it.
    } finally {
      await connection.close();
    }
  }

  /** Takes what is in the storage where it is another certificate than before. */
  #adopt(): void {
    this.#keep(() => undefined);
    const kept = this.#unkept ?? this.#settings.storage.certificate();
    if (kept === null || kept.certificate === this.#kept?.certificate) return;
    this.#take(kept);
    if (this.#leaf !== null) this.#events.onCertificate(kept);
  }

  /** Puts what was issued into the folder; an order is not repeated because a disk is full. */
  #keep(onFailure: (reason: string) => void): void {
    if (this.#unkept === null) return;
    try {
      this.#settings.storage.keepCertificate(this.#unkept);
      this.#unkept = null;
    } catch (error) {
      onFailure(fileReason(error));
    }
  }

  #failures(): FailedAttempts {
    return this.#unkeptFailures ?? this.#settings.storage.failures();
  }

  #keepFailures(failed: FailedAttempts | null): void {
    this.#unkeptFailures = null;
    try {
      this.#settings.storage.keepFailures(failed);
    } catch {
      // The pause holds all the same: an authority counts attempts.
      this.#unkeptFailures = failed;
    }
  }

  #take(kept: KeptCertificate | null): void {
    this.#kept = kept;
    this.#leaf = kept === null ? null : readGood(kept.certificate, this.#clock.nowMs());
    const complete =
      this.#leaf !== null && this.#settings.policy.domains.every((name) => this.#leaf?.checkHost(name) !== undefined);
    this.#dueAtMs = this.#leaf === null || !complete ? 0 : renewalTime(lifetimeOf(this.#leaf), this.#clock.random());
  }
}

function lifetimeOf({ validFromDate, validToDate }: X509Certificate): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  return { fromMs: validFromDate.getTime(), toMs: validToDate.getTime() };
}

/** Null where nothing can be read, or it has expired. */
function readGood(pem: string, nowMs: number): X509Certificate | null {
  try {
    const leaf = new X509Certificate(pem);
    return nowMs < leaf.validToDate.getTime() ? leaf : null;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AcmeError) return error.message;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return 'the authority took too long';
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? fileReason(error) : error instanceof Error ? error.message : 'unknown error';
}
