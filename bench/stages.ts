/**
 * What each stage costs a request, and what that becomes with 100 and 10,000 rules of a kind: `npm run bench -- stages`
 * (`--rounds 60`, `--counts 1,100`, `--kinds policies,roles`). Microseconds, in one process and in turns: each round takes every request through every
 * plan, stage by stage, some exchanges at a time. Printed is the median of the rounds and, in brackets, their middle half; the rounds of
 * warm-up, as many again, do not count.
 */
import { parseArgs } from 'node:util';
import { compilePlan } from '@sallyport/core';
import { benchApi } from './stages/bench-api.ts';
import { benchPolicies, benchPolicy } from './stages/bench-policy.ts';
import { benchPorts, tokenText } from './stages/bench-ports.ts';
import { benchRequests, type BenchRequest } from './stages/bench-requests.ts';
import { CONCERNED, MOST, numbersTo, ONE_OF_EACH, type RuleCounts, type RuleKind } from './stages/rule-counts.ts';
import { Lap, stageLine, type BenchStage } from './stages/stage-line.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    counts: { type: 'string', default: '1,100,10000' },
    kinds: { type: 'string', default: Object.keys(ONE_OF_EACH).join(',') },
  },
});
const ROUNDS = Number(options.rounds);
const COUNTS = options.counts.split(',').map(Number);
const KINDS = options.kinds.split(',').filter((kind): kind is RuleKind => kind in ONE_OF_EACH);
const NOW_MS = Date.now();

/** One request through one plan, and what each round measured of each stage. */
interface Track {
  readonly request: BenchRequest;
  readonly stages: readonly BenchStage[];
  readonly micros: number[][];
}

async function tracksOf(counts: RuleCounts): Promise<Track[]> {
  const policy = benchPolicy(counts);
  const plan = compilePlan(benchApi(counts), policy, { policies: benchPolicies(counts) });
  const tokens = numbersTo(counts.credentials).map((index) => tokenText(index, NOW_MS));
  const ports = await benchPorts(policy, tokens, NOW_MS);
  return benchRequests(tokens, ports.fieldCipher, NOW_MS).map((request) => {
    const stages = stageLine(plan, request, ports);
    return { request, stages, micros: stages.map(() => []) };
  });
}

/** Takes some exchanges through all stages, all of them through one before any goes to the next, so that a stage is long enough to be timed. */
function round({ request, stages, micros }: Track, keep: boolean): void {
  const laps = numbersTo(request.laps).map((index) => new Lap(request.exchange(index), request));
  for (const [index, stage] of stages.entries()) {
    const startedMs = performance.now();
    for (const lap of laps) stage.run(lap);
    const spentMs = performance.now() - startedMs;
    if (keep) micros[index]?.push((spentMs * 1000) / laps.length);
  }
}

function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

function shown(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function cell(micros: readonly number[] | undefined): string {
  if (micros === undefined || micros.length === 0) return '–'.padStart(24);
  const sorted = micros.toSorted((one, other) => one - other);
  const spread = `(${shown(quantile(sorted, 0.25))}–${shown(quantile(sorted, 0.75))})`;
  return `${shown(quantile(sorted, 0.5))} ${spread.padStart(14)}`.padStart(24);
}

function microsOf({ stages, micros }: Track, name: string): number[] | undefined {
  return micros[stages.findIndex((stage) => stage.name === name)];
}

/** Of all stages together, round by round. */
function sumOf({ micros }: Track): number[] {
  return (micros[0] ?? []).map((_, index) => micros.reduce((sum, one) => sum + (one[index] ?? 0), 0));
}

const base = await tracksOf(ONE_OF_EACH);
const byKind = new Map<RuleKind, ReadonlyMap<number, Track[]>>();
for (const kind of KINDS) {
  const list = new Map<number, Track[]>();
  for (const asked of COUNTS) {
    const count = Math.min(asked, MOST[kind] ?? asked);
    list.set(count, count === 1 ? base : await tracksOf({ ...ONE_OF_EACH, [kind]: count }));
  }
  byKind.set(kind, list);
}
const all = [...new Set([base, ...[...byKind.values()].flatMap((list) => [...list.values()])])].flat();
for (let index = -ROUNDS; index < ROUNDS; index++) for (const track of all) round(track, index >= 0);

console.log(`One rule of each kind. µs, the median of ${ROUNDS} rounds and their middle half.`);
for (const { request } of base) console.log(`  ${request.name}: ${request.title}`);
console.log(''.padEnd(28), ...base.map(({ request }) => request.name.padStart(24)));
for (const name of new Set(base.flatMap(({ stages }) => stages.map((stage) => stage.name))))
  console.log(name.padEnd(28), ...base.map((track) => cell(microsOf(track, name))));
console.log('all'.padEnd(28), ...base.map((track) => cell(sumOf(track))));

for (const [kind, list] of byKind) {
  console.log(`\n${kind}`.padEnd(39), ...[...list.keys()].map((count) => count.toLocaleString('en').padStart(24)));
  for (const [index, { request, stages }] of base.entries())
    for (const { name } of stages)
      if (CONCERNED[kind].some((concerned) => name === concerned || name.startsWith(`${concerned} (`)))
        console.log(
          `${name}, ${request.name}`.padEnd(38),
          ...[...list.values()].map((tracks) => cell(tracks[index] && microsOf(tracks[index], name))),
        );
}
