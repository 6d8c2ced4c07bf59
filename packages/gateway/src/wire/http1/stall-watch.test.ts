import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

/** What a watch asks of a socket. */
interface Queue {
  writableLength: number;
  _handle?: { writeQueueSize: number } | null;
}

function watched(queue: Queue): StallWatch {
  return new StallWatch(queue as unknown as Socket);
}

it('is over when nothing was taken for the whole time, and not before', () => {
  const watch = watched({ writableLength: 100, _handle: { writeQueueSize: 100 } });
  expect(watch.look(1e9)).toBe('waits');
  watch.begin(1000, 300);
  expect([1000, 1299].map((ms) => watch.look(ms))).toEqual(['waits', 'waits']);
  // What is written meanwhile puts nothing off.
  watch.begin(1200, 300);
  expect(watch.look(1300)).toBe('over');
});

it('waits on while the system takes some of it, though the write is not done', () => {
  const queue = { writableLength: 100, _handle: { writeQueueSize: 100 } };
  const watch = watched(queue);
  watch.begin(0, 300);
  queue._handle.writeQueueSize = 99;
  expect(watch.look(300)).toBe('waits');
  expect(watch.look(599)).toBe('waits');
  expect(watch.look(600)).toBe('over');
});

it('tells once that everything was taken, and watches anew when asked', () => {
  const queue: Queue = { writableLength: 100 };
  const watch = watched(queue);
  watch.begin(0, 300);
  queue.writableLength = 0;
  expect([10, 20, 1e9].map((ms) => watch.look(ms))).toEqual(['done', 'waits', 'waits']);
  queue.writableLength = 5;
  watch.begin(1e9, 300);
  expect(watch.look(1e9 + 300)).toBe('over');
});
