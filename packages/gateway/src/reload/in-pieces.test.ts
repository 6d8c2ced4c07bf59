import { expect, test } from 'vitest';
import type { Steps } from '@sallyport/core';
import { inPieces } from './in-pieces.ts';

/** Steps until told to end, then a result. */
function* steps(end: () => boolean, left: () => void): Steps<string> {
  try {
    while (!end()) yield;
    return 'done';
  } finally {
    left();
  }
}

test('inPieces lets others have their turn before the steps are done', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  expect(
    await inPieces(
      steps(
        () => turns >= 3,
        () => undefined,
      ),
      () => false,
    ),
  ).toBe('done');
  clearInterval(timer);
});

test('inPieces leaves the steps off when nobody needs the result', async () => {
  let isLeft = false;
  let asked = 0;
  const result = await inPieces(
    steps(
      () => false,
      () => (isLeft = true),
    ),
    () => ++asked === 3,
  );
  expect([result, isLeft, asked]).toEqual([null, true, 3]);
});

test('inPieces rejects with what a step throws', async () => {
  const broken = steps(
    () => {
      throw new TypeError('broken');
    },
    () => undefined,
  );
  await expect(inPieces(broken, () => false)).rejects.toThrow('broken');
});
