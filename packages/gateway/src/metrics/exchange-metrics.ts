import { oncePer, type AccessRecord, type Outcome, type PlannedOperation } from '@sallyport/core';
import { CounterFamily, type Count } from './counter-family.ts';
import { Histogram } from './histogram.ts';

const UNMATCHED = 'unmatched';
/** The place of each among an operation's counts. */
const OUTCOMES: Readonly<Record<Outcome, number>> = { passed: 0, answered: 1, denied: 2, failed: 3, aborted: 4 };
/** A status of three digits has no class above 9. */
const STATUS_CLASSES = 10;

/** Counts exchanges from their records. Labels are operations of the document, codes of the catalogue, and status classes: bounded whatever clients send. */
export class ExchangeMetrics {
  readonly #requests = new CounterFamily(
    'sallyport_requests_total',
    'Exchanges by operation, outcome and status class.',
    ['operation', 'outcome', 'status'],
  );
  readonly #denials = new CounterFamily('sallyport_denials_total', 'Denials by code and mode.', [
    'code',
    'stage',
    'mode',
  ]);
  readonly #threats = new CounterFamily('sallyport_threats_total', 'Values that looked like an injection.', [
    'category',
    'mode',
  ]);
  readonly #limited = new CounterFamily('sallyport_limited_total', 'Requests refused by a limit.', ['limit']);
  readonly #unchecked = new CounterFamily(
    'sallyport_unchecked_responses_total',
    'Responses that passed unchecked, by operation.',
    ['operation'],
  );
  readonly #stripped = new CounterFamily(
    'sallyport_stripped_total',
    'Undeclared response members and headers that were stripped, by operation.',
    ['operation'],
  );
  readonly #findings = new CounterFamily(
    'sallyport_findings_total',
    'Responses with sensitive data in places that nothing marks, by operation and kind, a place each.',
    ['operation', 'kind'],
  );
  readonly #signals = new CounterFamily(
    'sallyport_signals_total',
    'Exchanges that are part of an attack, as far as it shows.',
    ['signal'],
  );
  readonly #faults = new CounterFamily('sallyport_faults_total', 'Faults inside Sallyport.', []);
  readonly #versions = new CounterFamily(
    'sallyport_requests_by_version_total',
    'Exchanges by the version of HTTP that the client spoke; none: what was no request.',
    ['version'],
  );
  readonly #door = new Histogram();
  readonly #upstream = new Histogram();
  /** Counts by operation, and there by outcome and status class: no string is built per exchange. */
  readonly #countsPer = oncePer<PlannedOperation, (Count | undefined)[]>(() => []);
  readonly #unmatched: (Count | undefined)[] = [];

  observe(record: AccessRecord): void {
    this.#countOf(record).value += 1;
    this.#versions.add(record.httpVersion === '' ? 'none' : record.httpVersion);
    this.#door.observe(record.doorMs);
    // A timeout is the longest wait of all, and has no status.
    if (record.upstreamMs > 0) this.#upstream.observe(record.upstreamMs);
    if (record.denial !== null) this.#denials.add(`${record.denial.code}\n${record.denial.stage}\nenforce`);
    for (const denial of record.observed) this.#denials.add(`${denial.code}\n${denial.stage}\nobserve`);
    this.#countThreats(record);
    if (record.denial?.code === 'LIMIT_EXCEEDED') this.#limited.add(record.denial.rule ?? '');
    for (const signal of record.signals) this.#signals.add(signal);
    if (record.fault !== null) this.#faults.add('');
    if (record.unchecked !== null) this.#unchecked.add(idOf(record));
    for (const { kind } of record.findings ?? []) this.#findings.add(`${idOf(record)}\n${kind}`);
    if (record.stripped.length > 0) this.#stripped.add(idOf(record), record.stripped.length);
  }

  render(): string {
    return (
      this.#requests.render() +
      this.#versions.render() +
      this.#denials.render() +
      this.#threats.render() +
      this.#limited.render() +
      this.#unchecked.render() +
      this.#stripped.render() +
      this.#findings.render() +
      this.#signals.render() +
      this.#faults.render() +
      this.#door.render('sallyport_door_seconds', 'Time an exchange spent in Sallyport itself.') +
      this.#upstream.render(
        'sallyport_upstream_seconds',
        'Time from asking the upstream to the end of its answer, or until it was given up.',
      )
    );
  }

  /** Categories are a list of the policy's own. */
  #countThreats({ denial, observed }: AccessRecord): void {
    if (denial?.code === 'THREAT_DETECTED') this.#threats.add(`${String(denial.facts['category'])}\nenforce`);
    for (const one of observed)
      if (one.code === 'THREAT_DETECTED') this.#threats.add(`${String(one.facts['category'])}\nobserve`);
  }

  #countOf(record: AccessRecord): Count {
    const counts = record.operation === null ? this.#unmatched : this.#countsPer(record.operation);
    const statusClass = Math.floor(record.status / 100);
    const place = OUTCOMES[record.outcome] * STATUS_CLASSES + statusClass;
    let count = counts[place];
    if (count === undefined) {
      count = this.#requests.of(`${idOf(record)}\n${record.outcome}\n${statusClass}xx`);
      counts[place] = count;
    }
    return count;
  }
}

/** Label values are joined by line breaks, and an operationId may hold one. */
function idOf({ operation }: AccessRecord): string {
  return operation === null ? UNMATCHED : operation.operation.id.replaceAll('\n', ' ');
}
