import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

const WAITED_FOR = { ended: false };

it('law: works on each item once and in order, never on more than a piece in one turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (items, piece) => {
      const worked: number[] = [];
      const turns: number[] = [];
      await inTurns(
        items,
        piece,
        (item) => worked.push(item),
        async () => void turns.push(worked.length),
        WAITED_FOR,
      );
      expect(worked).toEqual(items);
      expect(turns).toEqual(
        Array.from({ length: Math.max(0, Math.ceil(items.length / piece) - 1) }, (_, i) => (i + 1) * piece),
      );
    }),
  );
});

it('is done at once where nobody else waits, and where there is but one piece', () => {
  const worked: number[] = [];
  expect(inTurns([1, 2, 3], 2, (item) => worked.push(item), undefined, WAITED_FOR)).toBe(undefined);
  expect(
    inTurns(
      [4, 5],
      2,
      (item) => worked.push(item),
      () => Promise.reject(new Error('no turn is needed')),
      WAITED_FOR,
    ),
  ).toBe(undefined);
  expect(worked).toEqual([1, 2, 3, 4, 5]);
});

it('throws what the work throws in the first piece, and rejects with it later', async () => {
  const work = (item: number): void => {
    if (item === 3) throw new Error('three');
  };
  expect(() => inTurns([3], 1, work, async () => undefined, WAITED_FOR)).toThrow('three');
  await expect(inTurns([1, 2, 3], 1, work, async () => undefined, WAITED_FOR)).rejects.toThrow('three');
});

it('does nothing more once the exchange has ended, and does not pass for done', async () => {
  const exchange = { ended: false };
  const worked: number[] = [];
  const working = inTurns(
    [1, 2, 3, 4, 5, 6],
    2,
    (item) => worked.push(item),
    async () => void (exchange.ended = worked.length === 4),
    exchange,
  );
  await expect(working).rejects.toThrow();
  expect(worked).toEqual([1, 2, 3, 4]);
});
