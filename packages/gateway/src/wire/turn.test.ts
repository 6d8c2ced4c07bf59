import { afterEach, beforeEach, expect, it } from 'vitest';
import { afterThisTurn, flushThisTurn, processThisTurn, type TurnTask } from './turn.ts';

let done: string[] = [];
let caught: unknown[] = [];
let listeners: NodeJS.UncaughtExceptionListener[] = [];
const keep = (error: unknown): void => void caught.push(error);

beforeEach(() => {
  done = [];
  caught = [];
  listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', keep);
});
afterEach(() => {
  process.off('uncaughtException', keep);
  for (const listener of listeners) process.on('uncaughtException', listener);
});

function task(name: string, fault: Error | null = null): TurnTask {
  const self: TurnTask = {
    process() {
      done.push(`process ${name}`);
      // What an answer brings goes to a client, and what a request brings to the upstream.
      flushThisTurn(self, name === 'answer' ? 'client' : 'upstream');
      if (fault !== null) throw fault;
    },
    flush: () => void done.push(`flush ${name}`),
  };
  return self;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

it('works on answers, then requests, writes to the upstream before the clients, and calls what comes after last', async () => {
  processThisTurn(task('request'), 'client');
  processThisTurn(task('answer'), 'upstream');
  afterThisTurn(() => done.push('after'));
  await nextTurn();
  expect(done).toEqual(['process answer', 'process request', 'flush request', 'flush answer', 'after']);
});

it('gives every connection of a turn its work though one of them faults, and tells the fault', async () => {
  const fault = new Error('a fault of ours');
  processThisTurn(task('bad', fault), 'client');
  processThisTurn(task('good'), 'client');
  afterThisTurn(() => done.push('after'));
  await nextTurn();
  expect(done).toEqual(['process bad', 'process good', 'flush bad', 'flush good', 'after']);
  expect(caught).toEqual([fault]);
});
