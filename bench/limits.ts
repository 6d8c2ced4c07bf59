/** What a limit costs a request: `node --conditions=sallyport-source bench/limits.ts`. CPU microseconds and bytes a key. */
import { createMemoryCounters } from '../packages/gateway/src/counters/memory-counters.ts';
import type { PlannedLimit } from '../packages/core/src/stages/limits/limit-state.ts';
import { cpuMicros } from './measuring.ts';

const NOW = 1_800_000_000_000;

function measure(name: string, calls: number, run: (index: number) => unknown): void {
  console.log(`${name.padEnd(48)} ${cpuMicros(calls, run).toFixed(3)} µs`);
}

for (const algorithm of ['fixed-window', 'sliding-window', 'token-bucket'] as const) {
  for (const keys of [1, 1_000, 100_000, 500_000]) {
    const limit: PlannedLimit = { name: algorithm, algorithm, limit: 50, windowMs: 60_000, burst: 50 };
    const counters = createMemoryCounters();
    // Spread so that neighbours in time are not neighbours in memory.
    measure(`${algorithm}, ${keys} keys`, 500_000, (index) =>
      counters.take(limit, `a10.${(index * 7919) % keys}`, 1, NOW + index / 100),
    );
  }
}

const flood = createMemoryCounters();
const limit: PlannedLimit = { name: 'flood', algorithm: 'token-bucket', limit: 50, windowMs: 60_000, burst: 50 };
const rssBefore = process.memoryUsage().rss;
const before = process.cpuUsage();
for (let index = 0; index < 4_000_000; index++) flood.take(limit, `a2001:db8:${index}`, 1, NOW);
const { user, system } = process.cpuUsage(before);
const bytes = (process.memoryUsage().rss - rssBefore) / flood.size;
console.log(
  `flood of 4,000,000 new keys: ${((user + system) / 4_000_000).toFixed(3)} µs each, ${flood.size} kept, about ${bytes.toFixed(0)} bytes each`,
);
