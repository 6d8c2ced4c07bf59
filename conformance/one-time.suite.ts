import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Store } from '@sallyport/gateway';
import type { StoreUnderTest } from './store-under-test.ts';

const END_MS = 1_800_000_000_000;
const LIMIT = 1_000_000;
let made = 0;

/** What every store has to do alike with values that count once. */
export function describeOneTime(store: () => Store, another: () => Promise<Store>, under: () => StoreUnderTest): void {
  const names = (count: number): string[] => Array.from({ length: count }, () => `once-${made++}`);
  const valued = (all: readonly string[], untilMs = END_MS): { name: string; untilMs: number }[] =>
    all.map((name) => ({ name, untilMs }));

  describe('values that count once', () => {
    it('tells those that are new from those that were used, at this node or another', async () => {
      const [a = '', b = '', c = ''] = names(3);
      expect([...(await store().useOnce(valued([b, a])))].toSorted()).toEqual([a, b]);
      expect([...(await (await another()).useOnce(valued([a, c])))]).toEqual([c]);
      expect([...(await store().useOnce(valued([c])))]).toEqual([]);
      expect([...(await store().useOnce([]))]).toEqual([]);
    });

    it('an end with a fraction takes nothing else with it', async () => {
      const [whole = '', part = ''] = names(2);
      expect((await store().useOnce([...valued([whole]), { name: part, untilMs: END_MS + 0.5 }])).size).toBe(2);
      expect((await (await another()).useOnce(valued([whole, part]))).size).toBe(0);
    });

    it('a value that stands twice in one question counts once', async () => {
      const [name = ''] = names(1);
      expect([...(await store().useOnce(valued([name, name])))]).toEqual([name]);
    });

    it('of_nodes_that_use_the_same_values_at_a_time_exactly_one_is_told_that_each_is_new', async () => {
      const nodes = [store(), await another(), await another()];
      await fc.assert(
        fc.asyncProperty(fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 230 }), async (random, count) => {
          const shared = names(count);
          const mixed = (): string[] =>
            shared
              .map((name) => ({ name, at: random.next().value ?? 0 }))
              .toSorted((one, other) => one.at - other.at)
              .map(({ name }) => name);
          const told = await Promise.all(nodes.map((node) => node.useOnce(valued(mixed()))));
          expect(told.flatMap((fresh) => [...fresh]).toSorted()).toEqual(shared.toSorted());
        }),
        { numRuns: 15 },
      );
    });

    it('forgets what ended before a time, however much it is, and counts what is left up to a limit', async () => {
      await store().sweepUsed(END_MS * 2, LIMIT);
      const old = names(30);
      const kept = names(4);
      await store().useOnce(valued(old, END_MS - 1));
      await store().useOnce(valued(kept, END_MS));
      expect(await store().sweepUsed(0, LIMIT)).toBe(34);
      expect(await store().sweepUsed(0, 9)).toBe(9);
      expect(await store().sweepUsed(END_MS, LIMIT)).toBe(4);
      expect((await store().useOnce(valued([...old, ...kept]))).size).toBe(30);
    });

    it('keeps a name and a time, and no row in the audit trail', async () => {
      const before = await store().verifyAuditTrail();
      const [name = ''] = names(1);
      await store().useOnce(valued([name]));
      expect((await store().verifyAuditTrail()).head).toEqual(before.head);
      expect(await under().dump()).toContain(name);
    });
  });
}
