import { performance } from 'node:perf_hooks';
/** What reads or writes once in a turn of the event loop. */
export interface TurnTask {
  /** Works on what has come. */
  process(): void;
  /** Hands to the system what was written. */
  flush(): void;
}

let fromClients: TurnTask[] = [];
let fromUpstream: TurnTask[] = [];
let toClients: TurnTask[] = [];
let toUpstream: TurnTask[] = [];
let afterwards: (() => void)[] = [];
let scheduled = false;
let startedMs = -1;
let startedAtMs = -1;
/** Where nothing should be able to throw, one connection's fault must not leave the others of its turn without an answer: it is thrown behind them. */
const faults: unknown[] = [];

/** When what is worked on now was there, in `performance.now` time: at the beginning of the turn. */
export function turnMs(): number {
  return startedMs < 0 ? performance.now() : startedMs;
}

/** The same in milliseconds of the epoch. */
export function turnEpochMs(): number {
  if (startedMs < 0) return Date.now();
  if (startedAtMs < 0) startedAtMs = Date.now();
  return startedAtMs;
}

/**
 * Asks for `process` when everything that is there to be read in this turn of the event loop was read. The same work then runs for one connection after the
 * other, and the system's calls behind each other: a processor does ten like things faster than ten different ones, because their code stays in
 * its caches.
 */
export function processThisTurn(task: TurnTask, from: 'client' | 'upstream'): void {
  if (from === 'client') fromClients.push(task);
  else fromUpstream.push(task);
  schedule();
}

/** Asks for `flush` when everything of this turn was worked on: first of all what the upstream can begin with meanwhile. */
export function flushThisTurn(task: TurnTask, to: 'client' | 'upstream'): void {
  if (to === 'client') toClients.push(task);
  else toUpstream.push(task);
  schedule();
}

/** Calls when everything of this turn was written. */
export function afterThisTurn(call: () => void): void {
  afterwards.push(call);
  schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(run);
}

function run(): void {
  scheduled = false;
  const answers = fromUpstream;
  const requests = fromClients;
  fromUpstream = [];
  fromClients = [];
  startedMs = performance.now();
  startedAtMs = -1;
  processEach(answers);
  processEach(requests);
  const requestsOut = toUpstream;
  const replies = toClients;
  toUpstream = [];
  toClients = [];
  flushEach(requestsOut);
  flushEach(replies);
  const calls = afterwards;
  afterwards = [];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      faults.push(error);
    }
  }
  startedMs = -1;
  if (faults.length > 0) throw faults.splice(0)[0];
}

function flushEach(tasks: readonly TurnTask[]): void {
  for (const task of tasks) {
    try {
      task.flush();
    } catch (error) {
      faults.push(error);
    }
  }
}

function processEach(tasks: readonly TurnTask[]): void {
  for (const task of tasks) {
    try {
      task.process();
    } catch (error) {
      faults.push(error);
    }
  }
}
