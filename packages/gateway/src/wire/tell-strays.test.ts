import { expect, it } from 'vitest';
import { tellStrays } from './tell-strays.ts';

it('tells of stray bytes at once, and then once a minute how many connections ended over them', () => {
  let nowMs = 5;
  const told: string[] = [];
  const onStray = tellStrays(
    (_message, detail) => told.push(`${nowMs} ${detail}`),
    () => nowMs,
  );
  for (const atMs of [5, 6, 60_004, 60_005, 60_006]) {
    nowMs = atMs;
    onStray();
  }
  expect(told).toEqual(['5 connections ended: 1', '60005 connections ended: 3']);
});
