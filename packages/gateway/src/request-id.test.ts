import { expect, it } from 'vitest';
import { createRequestIds } from './request-id.ts';

it('no id comes twice, and all are of one length', () => {
  const next = createRequestIds();
  const ids = Array.from({ length: 10_000 }, next);
  expect(new Set(ids).size).toBe(10_000);
  expect(new Set(ids.map((id) => id.length)).size).toBe(1);
  expect(ids[0]?.slice(-8)).toBe('00000001');
  expect(ids[36 * 36]?.slice(-8)).toBe('00000101');
  expect(createRequestIds()().slice(0, 16)).not.toBe(ids[0]?.slice(0, 16));
});
