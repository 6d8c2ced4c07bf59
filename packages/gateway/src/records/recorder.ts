import type { AccessRecord, Policy } from '@sallyport/core';
import { createLogWriter, type LogWriter } from './log-writer.ts';
import { createProcessMetrics, type Gauges } from '../metrics/process-metrics.ts';
import { CounterFamily } from '../metrics/counter-family.ts';
import type { HandshakeFailure } from '../tls/handshake-failure.ts';
import { ecsLine } from './ecs-line.ts';
import { ExchangeMetrics } from '../metrics/exchange-metrics.ts';
import { oneLine, quoted } from './one-line.ts';
import { plainLine } from './plain-line.ts';
import { timestamp } from './timestamp.ts';

export type EventLevel = 'error' | 'warn' | 'info';

/** Takes every access record and event of the process and makes logs and metrics of them. */
export interface Recorder {
  record(record: AccessRecord): void;
  /** Tells of something that is no exchange: a reload, a key set that cannot be had. Fields hold no secret. */
  event(level: EventLevel, message: string, fields: Readonly<Record<string, string | number | boolean | null>>): void;
  /** Opens the log's file anew, so that one that was moved away by rotation is let go. */
  reopen(): void;
  /** Counts a handshake that came to nothing. */
  handshakeFailed(reason: HandshakeFailure): void;
  metrics(gauges: Omit<Gauges, 'logLinesDropped'>): string;
  close(): Promise<void>;
}

const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'];

export interface RecorderOptions {
  /** Takes the lines instead of the policy's destination. */
  readonly writeLine?: (line: string) => void;
  /** Told when the destination takes no lines, and when it does again: the log cannot say so itself. Default: nobody is. */
  readonly onLogTrouble?: (message: string) => void;
}

/** Makes the recorder of a policy's `log` settings. */
export function createRecorder(policy: Policy, options: RecorderOptions = {}): Recorder {
  const { destination } = policy.log;
  const place = destination === '-' ? 'standard output' : destination;
  const tellOutside = options.onLogTrouble ?? (() => undefined);
  const writer: LogWriter | null =
    options.writeLine === undefined
      ? createLogWriter(destination, {
          failing: (reason, waits) =>
            tellOutside(
              `the log cannot be written: ${place}: ${reason}; ${waits ? 'lines wait in 16 MiB of memory at most, and those past it are lost' : 'its lines are lost'}`,
            ),
          recovered(lost) {
            tellOutside(`the log is written again: ${place}; lines lost meanwhile: ${lost}`);
            event('warn', 'the log could not be written for a while', { 'lines lost': lost });
          },
          notReopened: (reason) =>
            event('warn', 'the log could not be opened again; lines go on to the file that was open', { reason }),
        })
      : null;
  const writeLine = options.writeLine ?? ((line: string) => writer?.write(line));
  const exchanges = new ExchangeMetrics();
  const handshakes = new CounterFamily(
    'sallyport_tls_handshake_failures_total',
    'TLS handshakes that came to nothing.',
    ['reason'],
  );
  const processMetrics = createProcessMetrics();
  const renderLine = policy.log.format === 'ecs' ? ecsLine : plainLine;
  const threshold = LEVELS.indexOf(policy.log.level);
  function event(...[level, message, fields]: Parameters<Recorder['event']>): void {
    if (LEVELS.indexOf(level) > threshold) return;
    const at = timestamp(Date.now());
    writeLine(
      policy.log.format === 'ecs'
        ? quoted({
            '@timestamp': at,
            'log.level': level,
            'ecs.version': '8.11.0',
            'event.dataset': 'sallyport.process',
            message,
            sallyport: fields,
          })
        : `${at} ${level} ${oneLine(message)}${Object.keys(fields).length === 0 ? '' : ` ${quoted(fields)}`}`,
    );
  }
  return {
    record(record) {
      exchanges.observe(record);
      const level = record.fault !== null ? 0 : record.outcome === 'failed' ? 1 : 2;
      if (level <= threshold) writeLine(renderLine(record));
    },
    event,
    reopen: () => writer?.reopen(),
    handshakeFailed: (reason) => handshakes.add(reason),
    metrics: (gauges) =>
      exchanges.render() +
      handshakes.render() +
      processMetrics.render({ ...gauges, logLinesDropped: writer?.dropped ?? 0 }),
    async close() {
      processMetrics.close();
      await writer?.close();
    },
  };
}
