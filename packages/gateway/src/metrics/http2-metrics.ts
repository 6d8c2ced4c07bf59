import { CounterFamily } from './counter-family.ts';
import { renderCounter, renderGauge } from './single-metric.ts';

/** Error codes of HTTP/2 by their number (RFC 9113, section 7). */
const CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

/** Counts connections of HTTP/2, their streams, and how they end. Labels are codes of the protocol: bounded whatever clients send. */
export class Http2Metrics {
  #open = 0;
  #sessions = 0;
  #streams = 0;
  readonly #resets = new CounterFamily(
    'sallyport_http2_resets_total',
    'Streams that were reset, by whom, and with which code where the door did.',
    ['by', 'code'],
  );
  readonly #goaways = new CounterFamily(
    'sallyport_http2_goaways_total',
    'Ends of connections that were announced, by whom, and with which code where the door did.',
    ['by', 'code'],
  );

  sessionOpened(): void {
    this.#open += 1;
    this.#sessions += 1;
  }

  sessionClosed(): void {
    this.#open -= 1;
  }

  /** A head has begun: whatever becomes of it. */
  streamOpened(): void {
    this.#streams += 1;
  }

  /** `code` null: the client's, which is not read. */
  reset(code: number | null): void {
    this.#resets.add(keyOf(code));
  }

  goaway(code: number | null): void {
    this.#goaways.add(keyOf(code));
  }

  render(): string {
    return (
      renderGauge('sallyport_http2_sessions', 'Connections of HTTP/2 that are open.', this.#open) +
      renderCounter('sallyport_http2_sessions_total', 'Connections of HTTP/2.', this.#sessions) +
      renderCounter('sallyport_http2_streams_total', 'Streams that clients have opened.', this.#streams) +
      this.#resets.render() +
      this.#goaways.render()
    );
  }
}

function keyOf(code: number | null): string {
  return code === null ? 'client\n' : `door\n${CODES[code] ?? 'other'}`;
}
