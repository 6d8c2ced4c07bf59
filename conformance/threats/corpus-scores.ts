import { readFileSync } from 'node:fs';
import { inspectText } from '@sallyport/core';
import { denialOf, permissivePlan, type Refusal } from './permissive-plan.ts';
import type { CorpusRequest } from './request-values.ts';

/** The halves of a corpus: the detectors were written looking at one, and never at the other. */
export type Half = 'seen' | 'unseen';

/** What became of the rows of one kind. */
export interface Score {
  /** Refused for what they look like. */
  detected: number;
  /** Refused before that, for how they are written. */
  malformed: number;
  total: number;
}

export interface HalvedScore {
  readonly seen: Score;
  readonly unseen: Score;
}

const THRESHOLD = 5;
const encoder = new TextEncoder();

interface RequestRow {
  readonly id: string;
  readonly type: string | null;
  readonly expect: 'block' | 'pass';
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_b64: string | null;
}

/** Which half a row is in, by what identifies its payload: all forms that one payload comes in are in the same half. */
function halfOf(key: string): Half {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 16)) & 1) === 0 ? 'seen' : 'unseen';
}

export class Scores {
  readonly #scores = new Map<string, HalvedScore>();

  add(kind: string, half: Half, refusal: Refusal): void {
    let scores = this.#scores.get(kind);
    if (scores === undefined) {
      scores = {
        seen: { detected: 0, malformed: 0, total: 0 },
        unseen: { detected: 0, malformed: 0, total: 0 },
      };
      this.#scores.set(kind, scores);
    }
    const score = scores[half];
    score.total += 1;
    if (refusal !== 'passed') score[refusal] += 1;
  }

  get(kind: string): HalvedScore {
    const found = this.#scores.get(kind);
    if (found === undefined) throw new Error(`no rows of ${kind}`);
    return found;
  }

  [Symbol.iterator](): IterableIterator<[string, HalvedScore]> {
    return this.#scores.entries();
  }
}

/** Requests of the corpus of attacks and false alarms, through a plan that takes everything as free text. */
export function scoreRequests(path: string): Scores {
  const plan = permissivePlan();
  const scores = new Scores();
  for (const row of rowsOf<RequestRow>(path)) {
    const half = halfOf(row.id.split('/').slice(0, 3).join('/'));
    const denial = denialOf(plan, requestOf(row));
    const refusal = denial === null ? 'passed' : denial.code === 'THREAT_DETECTED' ? 'detected' : 'malformed';
    const attack = row.expect === 'block';
    scores.add(attack ? 'attacks' : 'harmless', half, refusal);
    if (attack) scores.add(row.type?.replace(/^\d+KB /, '') ?? 'other', half, refusal);
  }
  return scores;
}

/** Values of parameters, each for itself. */
export function scoreValues(path: string): Scores {
  const scores = new Scores();
  for (const row of rowsOf<{ payload: string; type: string; attack: boolean }>(path)) {
    const half = halfOf(row.payload);
    const refusal = refusalOfText(row.payload);
    scores.add(row.attack ? 'attacks' : 'harmless', half, refusal);
    if (row.attack) scores.add(row.type, half, refusal);
  }
  return scores;
}

/** Harmless texts that naive filters refuse. */
export function scoreTexts(path: string): Scores {
  const scores = new Scores();
  for (const { text } of rowsOf<{ text: string }>(path)) scores.add('harmless', halfOf(text), refusalOfText(text));
  return scores;
}

function refusalOfText(text: string): Refusal {
  return (inspectText(text)[0]?.score ?? 0) >= THRESHOLD ? 'detected' : 'passed';
}

export function requestOf(row: RequestRow): CorpusRequest {
  return {
    method: row.method,
    target: row.target,
    headers: row.headers,
    body: row.body_b64 === null || row.body_b64 === undefined ? null : Buffer.from(row.body_b64, 'base64'),
  };
}

function rowsOf<Row>(path: string): readonly Row[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}
