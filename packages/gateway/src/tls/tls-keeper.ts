import { CounterFamily } from '../metrics/counter-family.ts';
import { CertificateRenewal } from './acme/certificate-renewal.ts';
import { checkKept } from './acme/load-acme.ts';
import type { DoorTls } from './load-door-tls.ts';

/** What the door's TLS is now, and what keeps it fresh. */
export interface TlsKeeper {
  readonly current: DoorTls | null;
  /** Takes what a reload has read. */
  take(tls: DoorTls | null): Promise<void>;
  start(): void;
  /** Prometheus text. */
  metrics(): string;
  close(): Promise<void>;
}

export interface TlsKeeperEvents {
  /** New connections are to get this from now on. */
  onChange(tls: DoorTls): void;
  tell(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, string | number>>): void;
}

/** Makes the keeper of a door; nothing is done in the background before `start`. */
export function createTlsKeeper(first: DoorTls | null, events: TlsKeeperEvents): TlsKeeper {
  let current = first;
  let started = false;
  let renewal = begin();
  let counted = { issued: 0, failed: 0 };

  function begin(): CertificateRenewal | null {
    const acme = current?.acme ?? null;
    if (acme === null) return null;
    return new CertificateRenewal(acme, {
      tell: events.tell,
      onCertificate(kept) {
        const checked = checkKept(acme, kept, Date.now());
        if (current === null || checked === null) return;
        current = { ...current, waiting: false, certificates: [checked, ...current.certificates.slice(1)] };
        events.onChange(current);
      },
    });
  }

  return {
    get current() {
      return current;
    },
    async take(tls) {
      current = tls;
      if (tls !== null && tls.acme !== null && renewal?.isFor(tls.acme) === true) return;
      const old = renewal;
      if (old !== null)
        counted = { issued: counted.issued + old.status.issued, failed: counted.failed + old.status.failed };
      renewal = begin();
      if (started) renewal?.start();
      await old?.close();
    },
    start() {
      started = true;
      renewal?.start();
    },
    metrics() {
      if (renewal === null) return '';
      const { issued, failed, dueAtMs } = renewal.status;
      const orders = new CounterFamily('sallyport_acme_orders_total', 'Certificates ordered, by outcome.', ['outcome']);
      orders.add('issued', counted.issued + issued);
      orders.add('failed', counted.failed + failed);
      const name = 'sallyport_acme_renewal_timestamp_seconds';
      return `${orders.render()}# HELP ${name} When the certificate is to be renewed; 0 for at once.\n# TYPE ${name} gauge\n${name} ${dueAtMs / 1000}\n`;
    },
    async close() {
      started = false;
      await renewal?.close();
    },
  };
}
