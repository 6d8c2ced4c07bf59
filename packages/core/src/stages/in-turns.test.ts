import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

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
  expect(inTurns([1, 2, 3], 2, (item) => worked.push(item), undefined)).toBe(undefined);
  expect(
    inTurns(
      [4, 5],
      2,
      (item) => worked.push(item),
      () => Promise.reject(new Error('no turn is needed')),
    ),
  ).toBe(undefined);
  expect(worked).toEqual([1, 2, 3, 4, 5]);
});

it('throws what the work throws in the first piece, and rejects with it later', async () => {
  const work = (item: number): void => {
    if (item === 3) throw new Error('three');
  };
  expect(() => inTurns([3], 1, work, async () => undefined)).toThrow('three');
  await expect(inTurns([1, 2, 3], 1, work, async () => undefined)).rejects.toThrow('three');
});
