import { CounterFamily, escapeLabel } from '../metrics/counter-family.ts';
import { CertificateRenewal } from './acme/certificate-renewal.ts';
import { checkKept } from './acme/load-acme.ts';
import { servedCertificates, type DoorTls } from './load-door-tls.ts';
import { createResponder, RESPONDER_CONNECTIONS } from './ocsp/ask-responder.ts';
import { Stapler, STAPLE_TIMEOUT_MS } from './ocsp/stapler.ts';

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
  const stapled = new CounterFamily(
    'sallyport_tls_stapling_total',
    'Answers of authorities about our own certificates.',
    ['outcome'],
  );
  const stapler = new Stapler({ tell: events.tell, onAnswer: (outcome) => stapled.add(outcome) });
  let askedThrough: string | null = null;
  /** A certificate of ours says itself who is to be asked about it: the policy named the certificate, not whom. */
  const connectStapler = ({ egress }: DoorTls): void => {
    const allowed = JSON.stringify(egress.policy);
    if (allowed === askedThrough) return;
    askedThrough = allowed;
    const dispatcher = egress.dispatcher({ purpose: 'stapling', names: () => false }, RESPONDER_CONNECTIONS);
    stapler.askThrough(createResponder({ timeoutMs: STAPLE_TIMEOUT_MS, nonce: false, dispatcher }));
  };
  const withStapler = (tls: DoorTls | null): DoorTls | null => {
    if (tls === null) return null;
    connectStapler(tls);
    return { ...tls, stapler };
  };
  let current = withStapler(first);
  let started = false;
  let renewal = begin();
  let counted = { issued: 0, failed: 0 };
  const staple = (): void => stapler.take(started && current?.stapling === true ? servedCertificates(current) : []);

  function begin(): CertificateRenewal | null {
    const acme = current?.acme ?? null;
    if (acme === null) return null;
    return new CertificateRenewal(acme, {
      tell: events.tell,
      onCertificate(kept) {
        const checked = checkKept(acme, kept, Date.now());
        if (current === null || checked === null) return;
        current = { ...current, waiting: false, certificates: [checked, ...current.certificates.slice(1)] };
        staple();
        events.onChange(current);
      },
    });
  }

  function ocspMetrics(): string {
    const statuses = current?.clients?.checker.statuses ?? null;
    const answers = new CounterFamily('sallyport_ocsp_answers_total', "Answers about clients' certificates.", [
      'outcome',
    ]);
    for (const [outcome, count] of Object.entries(statuses?.counts ?? {})) answers.add(outcome, count);
    const name = 'sallyport_tls_staple_expiry_timestamp_seconds';
    const staples = stapler.status().map((one) => `${name}{name="${escapeLabel(one.name)}"} ${one.untilMs / 1000}\n`);
    const expiry = `# HELP ${name} When the stapled answer about a certificate ends; 0 for none.\n# TYPE ${name} gauge\n${staples.join('')}`;
    return (statuses === null ? '' : answers.render()) + (staples.length === 0 ? '' : stapled.render() + expiry);
  }

  return {
    get current() {
      return current;
    },
    async take(tls) {
      const statuses = current?.clients?.checker.statuses ?? null;
      if (statuses !== null) tls?.clients?.checker.statuses?.inherit(statuses);
      current = withStapler(tls);
      staple();
      await statuses?.close();
      if (tls !== null && tls.acme !== null && renewal?.isFor(tls.acme) === true) return renewal.reloaded();
      const old = renewal;
      if (old !== null)
        counted = { issued: counted.issued + old.status.issued, failed: counted.failed + old.status.failed };
      renewal = begin();
      if (started) renewal?.start();
      await old?.close();
    },
    start() {
      started = true;
      staple();
      renewal?.start();
    },
    metrics() {
      const text = ocspMetrics();
      if (renewal === null) return text;
      const { issued, failed, dueAtMs } = renewal.status;
      const orders = new CounterFamily('sallyport_acme_orders_total', 'Certificates ordered, by outcome.', ['outcome']);
      orders.add('issued', counted.issued + issued);
      orders.add('failed', counted.failed + failed);
      const name = 'sallyport_acme_renewal_timestamp_seconds';
      return `${text}${orders.render()}# HELP ${name} When the certificate is to be renewed; 0 for at once.\n# TYPE ${name} gauge\n${name} ${dueAtMs / 1000}\n`;
    },
    async close() {
      started = false;
      await renewal?.close();
      await stapler.close();
      await current?.clients?.checker.statuses?.close();
    },
  };
}
