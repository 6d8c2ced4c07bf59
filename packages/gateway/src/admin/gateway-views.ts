import type { CheckedCertificate } from '../tls/door-certificate.ts';
import { servedCertificates, type DoorTls } from '../tls/load-door-tls.ts';
import type { LoadedApi } from '../load-api.ts';
import type { Recorder } from '../records/recorder.ts';
import type { Listener } from '../wire/listener.ts';
import type { AdminViews } from './health-exchange.ts';
import { createReadiness } from './readiness.ts';
import { operationsRefused } from './store-needs.ts';

/** What of a running gateway is looked at, as it is at that moment. */
export interface ViewedGateway {
  readonly api: LoadedApi;
  readonly draining: boolean;
  readonly secretsAreStale: boolean;
  /** Null before it listens. */
  readonly listener: Listener | null;
  readonly doorTls: DoorTls | null;
  /** Keys that the counters hold. */
  readonly counters: number;
  /** Prometheus text of what keeps its own metrics. */
  metrics(): string;
}

/** What the admin port shows of a gateway to whoever reaches it. */
export function createGatewayViews(gateway: ViewedGateway, recorder: Recorder): AdminViews {
  const readiness = createReadiness(gateway, {
    keySets: () => gateway.api.identity.status(),
    refusedForStore: () => operationsRefused(gateway.api.plan, gateway.api.identity),
    get secretsAreStale() {
      return gateway.secretsAreStale;
    },
  });
  return {
    readiness,
    async metrics() {
      const connections = (await gateway.listener?.connections()) ?? 0;
      const { api, counters, doorTls } = gateway;
      const gauges = {
        connections,
        upstreamPending: api.upstream.pending,
        keySets: api.identity.status(),
        counters,
        certificates: expiries(servedCertificates(doorTls), servedCertificates(api.adminTls)),
        revocationLists: api.revocationLists,
      };
      return recorder.metrics(gauges) + api.identity.metrics() + (api.fieldKeys?.metrics() ?? '') + gateway.metrics();
    },
  };
}

/** When certificates end, by their first name; one that both listeners show, once. */
function expiries(
  ...shown: readonly (readonly CheckedCertificate[])[]
): readonly { readonly name: string; readonly expiresAtMs: number }[] {
  const byName = new Map<string, number>();
  for (const { names, expiresAtMs } of shown.flat()) {
    const name = names[0] ?? '';
    byName.set(name, Math.min(byName.get(name) ?? Infinity, expiresAtMs));
  }
  return [...byName].map(([name, expiresAtMs]) => ({ name, expiresAtMs }));
}
