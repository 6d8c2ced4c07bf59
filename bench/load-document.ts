// Loads one OpenAPI document and prints what that costs: node --expose-gc --conditions=sallyport-source bench/load-document.ts FILE [RUNS]
import { performance } from 'node:perf_hooks';
import { loadDocument } from '../packages/core/src/openapi/load-document.ts';
import { createFileDocumentReader } from '../packages/gateway/src/documents/file-document-reader.ts';

const file = process.argv[2];
const runs = Number(process.argv[3] ?? 5);
if (file === undefined) {
  console.error('usage: node --expose-gc --conditions=sallyport-source bench/load-document.ts FILE [RUNS]');
  process.exit(2);
}

const collect = (): void => globalThis.gc?.();
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

collect();
const before = process.memoryUsage();
const times: number[] = [];
let document = load(file);
collect();
const after = process.memoryUsage();
const kept = after.heapUsed - before.heapUsed;
const keptOutside = after.external - before.external;
for (let run = 1; run < runs; run++) document = load(file);

const started = performance.now();
const warnings = document.warnings.length;
const warningsMs = performance.now() - started;
const last = document.operations.at(-1);
const startedLocate = performance.now();
const place = last === undefined ? null : document.locate(last);
const locateMs = performance.now() - startedLocate;
const sorted = times.toSorted((a, b) => a - b);

console.log(
  `document    ${document.title} (${document.version}), ${document.operations.length} operations, ${warnings} warnings`,
);
console.log(
  `load        first ${times[0]?.toFixed(0)} ms, median of ${runs} ${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)} ms, fastest ${sorted[0]?.toFixed(0)} ms`,
);
console.log(
  `warnings    ${warningsMs.toFixed(0)} ms; locating the last operation (line ${place?.line ?? 0}) ${locateMs.toFixed(0)} ms`,
);
console.log(
  `heap kept   ${mebibytes(kept)}, outside the heap ${mebibytes(keptOutside)}${globalThis.gc === undefined ? ' (not collected: run with --expose-gc)' : ''}`,
);
console.log(`RSS         before ${mebibytes(before.rss)}, at most ${mebibytes(process.resourceUsage().maxRSS * 1024)}`);

function load(name: string): ReturnType<typeof loadDocument> {
  const start = performance.now();
  const loaded = loadDocument(createFileDocumentReader(name), name);
  times.push(performance.now() - start);
  return loaded;
}
