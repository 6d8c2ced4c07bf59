/**
 * What the rule against injections catches, what it alarms at by mistake, and what it costs:
 * `npm run bench -- threats [FILE.json …]`. Files are harmless JSON whose texts are counted as well.
 */
import { readFileSync } from 'node:fs';
import { inspectText } from '@sallyport/core';
import { corpusPath } from '../packages/core/src/testing/corpora.ts';
import { denialOf, permissivePlan } from '../conformance/threats/permissive-plan.ts';
import {
  scoreRequests,
  scoreTexts,
  scoreValues,
  type Score,
  type Scores,
} from '../conformance/threats/corpus-scores.ts';
import { cpuMicros } from './measuring.ts';

const THRESHOLD = 5;

function table(title: string, scores: Scores): void {
  console.log(`\n${title.padEnd(26)} ${'seen half'.padStart(22)} ${'unseen half'.padStart(22)}`);
  const kinds = [...scores].sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
  for (const [kind, { seen, unseen }] of kinds) console.log(`  ${kind.padEnd(24)} ${cell(seen)} ${cell(unseen)}`);
}

function rank(kind: string): number {
  return kind === 'attacks' ? 0 : kind === 'harmless' ? 1 : 2;
}

function cell({ detected, malformed, total }: Score): string {
  if (total === 0) return '–'.padStart(22);
  const more = malformed === 0 ? '' : ` +${malformed}`;
  return `${detected}${more}/${total} ${((100 * detected) / total).toFixed(1)} %`.padStart(22);
}

function corpus(name: string, title: string, score: (path: string) => Scores): void {
  const path = corpusPath(name);
  if (path === null) console.log(`${title}: ${name} is not on this machine`);
  else table(title, score(path));
}

console.log('Detected of all; + are refused before for how they are written.');
corpus('gotestwaf-requests.jsonl', 'gotestwaf requests', scoreRequests);
corpus('parameter-payloads.jsonl', 'parameter payloads', scoreValues);
corpus('benign-texts.jsonl', 'harmless texts', scoreTexts);

for (const file of process.argv.slice(2)) {
  const texts: string[] = [];
  collect(JSON.parse(readFileSync(file, 'utf8')), texts);
  const alarms = texts.filter((text) => (inspectText(text)[0]?.score ?? 0) >= THRESHOLD).length;
  console.log(`\n${file}: ${alarms} alarms in ${texts.length} texts`);
}

function collect(value: unknown, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) texts.push(name);
      collect(member, texts);
    }
}

function measure(name: string, run: () => unknown, calls = 20_000): number {
  const best = cpuMicros(calls, run);
  console.log(`  ${name.padEnd(52)} ${best.toFixed(2).padStart(8)} µs`);
  return best;
}

const WORDS =
  'The quick brown fox jumps over the lazy dog while seven wizards brew potions, and nobody minds at all. '.repeat(12);
const PROSE =
  "I don't think we'll need it (see the notes below); the order was delivered on 12/05 and it's fine. Please select another date or create a new ticket, and update us by e-mail: ann@example.com. ".repeat(
    6,
  );
const HTML = '<p>Hello <b>world</b>, see <a href="https://example.com/a?b=c&amp;d=e">this</a> and that.</p>\n'.repeat(
  12,
);

console.log('\nCPU microseconds, the texts alone:');
measure('1 KB of words', () => inspectText(WORDS.slice(0, 1024)));
measure('1 KB of prose with signs', () => inspectText(PROSE.slice(0, 1024)));
measure('1 KB of HTML', () => inspectText(HTML.slice(0, 1024)));
measure('an attack', () => inspectText("1' or '1'='1"));

const observed = permissivePlan();
const off = permissivePlan('modes: { threats: off }\n');
const get = {
  method: 'GET',
  target: '/things?status=open&limit=20&sort=created_at&q=blue+shoes&owner=a3f1',
  headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', Accept: '*/*' },
  body: null,
};
const text = (words: string): object => ({
  method: 'POST',
  target: '/',
  headers: { 'User-Agent': 'curl/8.5.0', 'Content-Type': 'application/json' },
  body: Buffer.from(
    JSON.stringify({
      title: words.slice(0, 60),
      text: words.slice(60, 700),
      tags: ['one', 'two', 'three'],
      author: { name: 'Ann Example', mail: 'ann@example.com' },
      note: words.slice(700, 900),
    }),
  ),
});
console.log('\nCPU microseconds a request, all stages; what the rule adds:');
for (const [name, request] of [
  ['GET with 5 parameters', get],
  ['POST of 1 KB of JSON, words', text(WORDS)],
  ['POST of 1 KB of JSON, prose with signs', text(PROSE)],
] as const) {
  const without = measure(`${name}, rule off`, () => denialOf(off, request as never));
  const all = measure(`${name}, rule on`, () => denialOf(observed, request as never));
  console.log(`  ${''.padEnd(44)} added ${(all - without).toFixed(2).padStart(10)} µs`);
}
