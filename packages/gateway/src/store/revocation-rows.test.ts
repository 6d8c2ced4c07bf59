import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liftRevocation, listRevocations, revocationsSince, writeRevocation } from './revocation-rows.ts';
import type { NewRevocation, Revocation } from './store-port.ts';
import type { SqlDriver } from './sql-driver.ts';
import { openInMemory } from './testing/open-in-memory.ts';

const NOW_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
let driver: SqlDriver;

beforeEach(async () => {
  driver = await openInMemory();
});
afterEach(() => driver.close());

function revocationOf(id: string, more: Partial<NewRevocation> = {}): NewRevocation {
  return {
    id,
    kind: 'subject',
    name: `name of ${id}`,
    issuer: 'https://id.example',
    value: 'anna',
    reason: 'lost',
    atMs: NOW_MS,
    expiresAtMs: NOW_MS + DAY_MS,
    ...more,
  };
}

/** In a store that takes two and no more. */
function revoke(id: string, more: Partial<NewRevocation> = {}, nowMs = NOW_MS): Promise<string> {
  return driver.transaction((session) => writeRevocation(session, revocationOf(id, more), nowMs, 2));
}

const lift = (id: string, nowMs = NOW_MS): Promise<boolean> =>
  driver.transaction((session) => liftRevocation(session, id, nowMs));
const ids = async (): Promise<readonly string[]> => (await listRevocations(driver, '', 10)).map(({ id }) => id);
const find = async (id: string): Promise<Revocation | undefined> =>
  (await listRevocations(driver, '', 10)).find((one) => one.id === id);

describe('as many revocations as a gateway keeps', () => {
  it('are taken, and one more is refused, also where one of them was lifted', async () => {
    await revoke('a');
    await revoke('b');
    await lift('a');
    await expect(revoke('c')).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringContaining('there are 2 revocations') as string,
    });
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('are as many after one of them was revoked again', async () => {
    await revoke('a');
    for (let time = 0; time < 3; time++) expect(await revoke('a')).toBe('a');
    expect(await revoke('b')).toBe('b');
    await expect(revoke('c')).rejects.toMatchObject({ kind: 'full' });
  });

  it('make room for as many as have been expired for more than a day', async () => {
    await revoke('a', { expiresAtMs: NOW_MS });
    await revoke('b', { expiresAtMs: NOW_MS + 1 });
    await expect(revoke('c', {}, NOW_MS + DAY_MS)).rejects.toMatchObject({ kind: 'full' });
    expect(await revoke('c', { expiresAtMs: null }, NOW_MS + DAY_MS + 1)).toBe('c');
    expect(await ids()).toEqual(['b', 'c']);
    expect(await revoke('d', { expiresAtMs: null }, NOW_MS + DAY_MS + 2)).toBe('d');
    expect(await ids()).toEqual(['c', 'd']);
    await expect(revoke('e', {}, NOW_MS + 9 * DAY_MS)).rejects.toMatchObject({ kind: 'full' });
  });
});

it('one without an end that was lifted is removed a day later', async () => {
  await revoke('a', { expiresAtMs: null });
  await lift('a', NOW_MS + 5);
  await revoke('b', {}, NOW_MS + 5 + DAY_MS);
  expect(await ids()).toEqual(['a', 'b']);
  await revoke('b', {}, NOW_MS + 6 + DAY_MS);
  expect(await ids()).toEqual(['b']);
});

it('one that is revoked again keeps its reason unless another is told', async () => {
  await revoke('a');
  await revoke('a', { reason: null });
  expect((await find('a'))?.reason).toBe('lost');
  await revoke('a', { reason: 'stolen' });
  expect((await find('a'))?.reason).toBe('stolen');
});

it('one that is revoked again never ends earlier than it would have, nor does one without an end get one', async () => {
  await revoke('a');
  await revoke('a', { expiresAtMs: NOW_MS + 1 });
  expect((await find('a'))?.expiresAtMs).toBe(NOW_MS + DAY_MS);
  await revoke('a', { expiresAtMs: NOW_MS + 2 * DAY_MS });
  expect((await find('a'))?.expiresAtMs).toBe(NOW_MS + 2 * DAY_MS);
  await revoke('b', { expiresAtMs: null });
  await revoke('b');
  expect((await find('b'))?.expiresAtMs).toBeNull();
});

it('one that was lifted has the end that it is given when it is revoked again, and is told of as any other', async () => {
  await revoke('a', { expiresAtMs: null });
  await lift('a');
  await revoke('a', { atMs: NOW_MS - 5 });
  expect(await find('a')).toMatchObject({ atMs: NOW_MS - 5, expiresAtMs: NOW_MS + DAY_MS, liftedAtMs: null });
  const name = 'name of a';
  expect(await revocationsSince(driver, 0, 10)).toEqual([
    { version: 3, name, atMs: NOW_MS - 5, expiresAtMs: NOW_MS + DAY_MS },
  ]);
});

it('is told of page by page in the order of changes, each after the version that is known', async () => {
  await revoke('b');
  await revoke('a');
  const [first, ...more] = await revocationsSince(driver, 0, 1);
  expect([first?.name, more]).toEqual(['name of b', []]);
  expect((await revocationsSince(driver, first?.version ?? 0, 10)).map(({ name }) => name)).toEqual(['name of a']);
});

it('is listed page by page in the order of ids, each after the id that is known', async () => {
  await revoke('b', { reason: null });
  await revoke('a', { expiresAtMs: null });
  const [first, ...more] = await listRevocations(driver, '', 1);
  expect([first, more]).toEqual([{ ...revocationOf('a', { expiresAtMs: null }), liftedAtMs: null }, []]);
  expect(await listRevocations(driver, 'a', 10)).toEqual([
    { ...revocationOf('b', { reason: null }), liftedAtMs: null },
  ]);
  expect(await listRevocations(driver, 'b', 10)).toEqual([]);
});

it('is lifted once, which gateways hear of as an end long ago', async () => {
  await revoke('a');
  expect([await lift('a', NOW_MS + 5), await lift('a', NOW_MS + 6)]).toEqual([true, false]);
  expect((await find('a'))?.liftedAtMs).toBe(NOW_MS + 5);
  expect(await revocationsSince(driver, 1, 10)).toMatchObject([{ version: 2, expiresAtMs: 0 }]);
  await expect(lift('b')).rejects.toMatchObject({ kind: 'unknown' });
});
