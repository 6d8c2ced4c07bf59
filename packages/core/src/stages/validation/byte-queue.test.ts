import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteQueue } from './byte-queue.ts';

it('law: gives the bytes that were pushed, in their order and once, however they are taken', () => {
  const step = fc.oneof(
    fc.record({ how: fc.constant('push' as const), bytes: fc.uint8Array({ maxLength: 40, max: 3 }) }),
    fc.record({ how: fc.constantFrom('take', 'skip'), count: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ByteQueue();
      const held: number[] = [];
      let skipped: number[] = [];
      for (const one of steps) {
        if (one.how === 'push') {
          queue.push(one.bytes);
          held.push(...one.bytes);
          skipped = [];
        } else if (one.how === 'take') {
          expect([...queue.take(one.count)]).toEqual(held.splice(0, one.count));
          skipped = [];
        } else {
          queue.skip(one.count);
          skipped.push(...held.splice(0, one.count));
          expect([...queue.skipped(skipped.length)]).toEqual(skipped);
        }
        expect(queue.length).toBe(held.length);
        expect(queue.indexOf(2, 0)).toBe(held.indexOf(2));
        expect(queue.indexOf(2, 5)).toBe(held.indexOf(2, 5));
        expect([queue.at(0), queue.at(held.length)]).toEqual([held[0], undefined]);
        expect([...queue.view(1, 4)]).toEqual(held.slice(1, 4));
      }
    }),
  );
});
