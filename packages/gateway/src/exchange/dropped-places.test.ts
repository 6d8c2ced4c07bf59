import { expect, it } from 'vitest';
import { DroppedPlaces } from './dropped-places.ts';

it('tells each place once, in its order, and keeps no more of a stream without end than of a short one', () => {
  const dropped = new DroppedPlaces();
  dropped.add(['/1/a', 'x-b']);
  dropped.add(['/1/a', '/2/a']);
  expect(dropped.list).toEqual(['/1/a', 'x-b', '/2/a']);
  for (let item = 3; item < 10_000; item++) dropped.add([`/${item}/a`, `/${item}/b`]);
  expect(dropped.list).toHaveLength(100);
  expect(dropped.list.slice(0, 4)).toEqual(['/1/a', 'x-b', '/2/a', '/3/a']);
});
