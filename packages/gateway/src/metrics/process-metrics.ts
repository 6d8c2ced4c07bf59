import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { escapeLabel } from './counter-family.ts';
import { renderCounter, renderGauge } from './single-metric.ts';

/** What the gateway knows at the moment of a scrape. */
export interface Gauges {
  readonly connections: number;
  readonly upstreamPending: number;
  /** Keys that the counters hold. */
  readonly counters: number;
  readonly keySets: readonly {
    readonly scheme: string;
    readonly state: string;
    readonly keys: number;
    readonly ageMs: number | null;
  }[];
  readonly logLinesDropped: number;
  /** Those of the door, by their first name. */
  readonly certificates: readonly { readonly name: string; readonly expiresAtMs: number }[];
  /** Those that clients' certificates are looked up in; 0 for an authority without one. */
  readonly revocationLists: readonly { readonly issuer: string; readonly endsAtMs: number }[];
}

/** Gauges of the process: memory, processor time, event loop delay and use. Close it to stop measuring. */
export function createProcessMetrics(): { render(gauges: Gauges): string; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let before = performance.eventLoopUtilization();
  return {
    render(gauges) {
      const now = performance.eventLoopUtilization();
      const utilization = performance.eventLoopUtilization(now, before).utilization;
      before = now;
      const memory = process.memoryUsage();
      const cpu = process.cpuUsage();
      const text =
        renderGauge('process_resident_memory_bytes', 'Resident memory.', memory.rss) +
        renderGauge('nodejs_heap_used_bytes', 'Heap in use.', memory.heapUsed) +
        renderGauge('nodejs_external_bytes', 'Memory of buffers outside the heap.', memory.external) +
        renderCounter('process_cpu_seconds_total', 'Processor time, user and system.', (cpu.user + cpu.system) / 1e6) +
        renderGauge(
          'nodejs_eventloop_lag_p99_seconds',
          'Delay of the event loop, 99th percentile since the last scrape.',
          Number.isNaN(delay.percentile(99)) ? 0 : delay.percentile(99) / 1e9,
        ) +
        renderGauge(
          'nodejs_eventloop_utilization',
          'Share of time the event loop was busy since the last scrape.',
          utilization,
        ) +
        renderGauge('sallyport_connections', 'Client connections open.', gauges.connections) +
        renderGauge(
          'sallyport_upstream_pending',
          'Requests under way to the upstream or waiting for a connection.',
          gauges.upstreamPending,
        ) +
        renderGauge('sallyport_counter_keys', 'Keys held by the limit counters.', gauges.counters) +
        renderCounter(
          'sallyport_log_lines_dropped_total',
          'Log lines lost because their destination would not take them.',
          gauges.logLinesDropped,
        ) +
        certificates(gauges) +
        revocationLists(gauges) +
        keySets(gauges);
      delay.reset();
      return text;
    },
    close() {
      delay.disable();
    },
  };
}

function keySets({ keySets: sets }: Gauges): string {
  if (sets.length === 0) return '';
  let text = '# HELP sallyport_key_set_keys Usable keys of a key set.\n# TYPE sallyport_key_set_keys gauge\n';
  for (const set of sets)
    text += `sallyport_key_set_keys{scheme="${escapeLabel(set.scheme)}",state="${escapeLabel(set.state)}"} ${set.keys}\n`;
  text +=
    '# HELP sallyport_key_set_age_seconds Time since a key set was last loaded.\n# TYPE sallyport_key_set_age_seconds gauge\n';
  for (const set of sets)
    if (set.ageMs !== null)
      text += `sallyport_key_set_age_seconds{scheme="${escapeLabel(set.scheme)}"} ${set.ageMs / 1000}\n`;
  return text;
}

function certificates({ certificates: all }: Gauges): string {
  if (all.length === 0) return '';
  let text =
    '# HELP sallyport_tls_certificate_expiry_timestamp_seconds When a certificate of the door expires.\n# TYPE sallyport_tls_certificate_expiry_timestamp_seconds gauge\n';
  for (const { name, expiresAtMs } of all)
    text += `sallyport_tls_certificate_expiry_timestamp_seconds{name="${escapeLabel(name)}"} ${expiresAtMs / 1000}\n`;
  return text;
}

function revocationLists({ revocationLists: all }: Gauges): string {
  if (all.length === 0) return '';
  const name = 'sallyport_tls_revocation_list_expiry_timestamp_seconds';
  const lines = all.map(({ issuer, endsAtMs }) => `${name}{issuer="${escapeLabel(issuer)}"} ${endsAtMs / 1000}\n`);
  return `# HELP ${name} When the revocation list of an authority of clients ends; 0 for none.\n# TYPE ${name} gauge\n${lines.join('')}`;
}
