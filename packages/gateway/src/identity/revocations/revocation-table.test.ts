import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { highOf, lowOf, RevocationTable } from './revocation-table.ts';
import { tokenRevocationName } from './revocation-name.ts';

const name = (text: string): string => hash('sha256', text, 'hex');
const find = (table: RevocationTable, text: string, nowMs: number): number | null =>
  table.find(highOf(name(text)), lowOf(name(text)), nowMs);
const DAY_MS = 86_400_000;

it('a revocation table knows what was revoked and when, and nothing else, also after it has grown many times', () => {
  const table = new RevocationTable();
  for (let round = 0; round < 2; round++)
    for (let index = 0; index < 20_000; index++) table.set(name(`in ${index}`), index + round, null, 0);
  expect(table.size).toBe(20_000);
  for (let index = 0; index < 20_000; index++) {
    expect(find(table, `in ${index}`, DAY_MS)).toBe(index + 1);
    expect(find(table, `out ${index}`, DAY_MS)).toBeNull();
  }
});

it('a revocation holds until it expires and up to two minutes longer, never shorter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_000_000_000_000 }),
      fc.integer({ min: 0, max: 10 * 60_000 }),
      (endMs, by) => {
        const table = new RevocationTable();
        table.set(name('a'), 5, endMs, 0);
        expect(find(table, 'a', Math.max(0, endMs - by))).toBe(5);
        expect(find(table, 'a', endMs + 2 * 60_000 + by)).toBeNull();
      },
    ),
  );
});

it('one that was taken back does not hold, and one that was revoked again does', () => {
  const table = new RevocationTable();
  table.set(name('a'), 5, null, 0);
  table.set(name('a'), 5, 0, 0);
  expect(find(table, 'a', 1)).toBeNull();
  table.set(name('a'), 9, null, 0);
  expect(find(table, 'a', 1)).toBe(9);
});

it('what has expired makes room: a table that is followed for years stays as large as what holds', () => {
  const table = new RevocationTable();
  for (let day = 0; day < 200; day++)
    for (let index = 0; index < 100; index++) table.set(name(`${day} ${index}`), day, (day + 1) * DAY_MS, day * DAY_MS);
  expect(table.size).toBeLessThan(1024);
  expect(find(table, '199 5', 199 * DAY_MS)).toBe(199);
});

it('the name of a JWS is that of what is signed, and of anything else that of all of it', () => {
  expect(tokenRevocationName('a.b.c')).toBe(tokenRevocationName('a.b.d'));
  expect(tokenRevocationName('a.b.c')).not.toBe(tokenRevocationName('a.x.c'));
  expect(tokenRevocationName('opaque')).not.toBe(tokenRevocationName('opaquf'));
  expect(tokenRevocationName('a.b.c.d')).not.toBe(tokenRevocationName('a.b.c.e'));
});
