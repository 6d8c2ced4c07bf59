import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';

/** User and system time of a process and its children, in ticks of 10 ms. */
export function cpuTicks(pid: number): number {
  const pids = [
    pid,
    ...execFileSync('sh', ['-c', `pgrep -P ${pid} || true`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(Number),
  ];
  let total = 0;
  for (const each of pids) {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    total += Number(fields[11]) + Number(fields[12]);
  }
  return total;
}

/** Time of all processors since the start, and what of it a virtual machine's host gave to others ("steal"), in ticks. */
export interface ProcessorTime {
  readonly all: number;
  readonly stolen: number;
}

export function processorTime(): ProcessorTime {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

/** Percent of all processors' time since `before` that the host gave to others. */
export function stolenPercent(before: ProcessorTime): number {
  const now = processorTime();
  return (100 * (now.stolen - before.stolen)) / Math.max(1, now.all - before.all);
}

/** What to say of `percents`, one a measurement, where the host took so much that the figures tell of it rather than of what was measured; null where it did not. */
export function saidOfStolen(percents: readonly number[]): string | null {
  const disturbed = percents.filter((percent) => percent > 3).length;
  if (disturbed === 0) return null;
  return `The host of this machine gave more than 3 % of its processors to others in ${disturbed} of ${percents.length} measurements (at most ${Math.max(...percents).toFixed(0)} %): measure again when it is quiet.`;
}

/** A port of loopback that nobody listens on yet. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Processor time of one call in µs, the best of five rounds after one to warm up. Of the processor and not of the clock: others may be using the machine.
 */
export function cpuMicros(calls: number, run: (index: number) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index++) run(index);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) best = Math.min(best, (user + system) / calls);
  }
  return best;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A number after `--name`. */
export function flag(name: string, fallback: number): number {
  const value = text(name);
  return value === null ? fallback : Number(value);
}

/** What stands after `--name`; null where it was not given. */
export function text(name: string): string | null {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? null : (process.argv[at + 1] ?? null);
}
