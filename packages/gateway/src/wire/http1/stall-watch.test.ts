import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

/** What a watch asks of a socket. */
interface Queue {
  bytesWritten: number;
  writableLength: number;
  _handle?: {
    bytesWritten: number;
    writeQueueSize: number;
    _parent?: { bytesWritten: number; writeQueueSize: number };
  };
}

/** Nothing was taken of 100 bytes. */
function queueOf100(): Required<Queue> {
  return { bytesWritten: 100, writableLength: 100, _handle: { bytesWritten: 100, writeQueueSize: 100 } };
}

function watched(queue: Queue): StallWatch {
  return new StallWatch(queue as unknown as Socket);
}

it('is over when nothing was taken for the whole time, and not before', () => {
  const queue = queueOf100();
  const watch = watched(queue);
  expect(watch.look(1e9, queue.writableLength === 0)).toBe('waits');
  watch.begin(1000, 300);
  expect([1000, 1299].map((ms) => watch.look(ms, queue.writableLength === 0))).toEqual(['waits', 'waits']);
  // What is written meanwhile puts nothing off, whether it waits behind the write that is under way or with it.
  watch.begin(1200, 300);
  queue.bytesWritten += 50;
  queue.writableLength += 50;
  queue._handle.bytesWritten += 20;
  queue._handle.writeQueueSize += 20;
  expect(watch.look(1300, queue.writableLength === 0)).toBe('over');
});

it('waits on while the system takes some of it, though the write is not done', () => {
  const queue = queueOf100();
  const watch = watched(queue);
  watch.begin(0, 300);
  queue._handle.writeQueueSize = 99;
  expect(watch.look(300, queue.writableLength === 0)).toBe('waits');
  expect(watch.look(599, queue.writableLength === 0)).toBe('waits');
  expect(watch.look(600, queue.writableLength === 0)).toBe('over');
});

it('waits on while the system takes some of it below TLS, which holds a write until all of it was taken', () => {
  const below = { bytesWritten: 122, writeQueueSize: 122 };
  const queue = queueOf100();
  queue._handle._parent = below;
  const watch = watched(queue);
  watch.begin(0, 300);
  below.writeQueueSize = 121;
  expect(watch.look(300, queue.writableLength === 0)).toBe('waits');
  queue._handle.writeQueueSize = 50;
  expect(watch.look(600, queue.writableLength === 0)).toBe('over');
});

it('counts whole writes where nobody tells what the system has taken of one', () => {
  const queue: Queue = { bytesWritten: 100, writableLength: 100 };
  const watch = watched(queue);
  watch.begin(0, 300);
  queue.writableLength = 60;
  expect(watch.look(300, queue.writableLength === 0)).toBe('waits');
  queue.bytesWritten += 70;
  queue.writableLength += 70;
  expect(watch.look(600, queue.writableLength === 0)).toBe('over');
});

it('tells once that everything was taken, and watches anew when asked', () => {
  const queue: Queue = { bytesWritten: 100, writableLength: 100 };
  const watch = watched(queue);
  watch.begin(0, 300);
  queue.writableLength = 0;
  expect([10, 20, 1e9].map((ms) => watch.look(ms, queue.writableLength === 0))).toEqual(['done', 'waits', 'waits']);
  queue.writableLength = 5;
  watch.begin(1e9, 300);
  expect(watch.look(1e9 + 300, queue.writableLength === 0)).toBe('over');
});
