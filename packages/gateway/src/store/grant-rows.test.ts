import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGrantRows } from './grant-rows.ts';
import type { GrantStore, NewGrant } from './grant-port.ts';
import type { SqlDriver } from './sql-driver.ts';
import { openInMemory, ring } from './testing/open-in-memory.ts';

const by = { actor: 'test', atMs: 1000 };
let driver: SqlDriver;
/** Takes two grants and no more. */
let grants: GrantStore;

beforeEach(async () => {
  driver = await openInMemory();
  grants = createGrantRows(driver, () => ring, 2);
});
afterEach(() => driver.close());

function grantOf(subject: string, expiresAtMs: number | null = null): NewGrant {
  return { issuer: 'https://id.example.com/', subject, role: 'editor', reason: null, expiresAtMs };
}

describe('as many grants as a gateway keeps', () => {
  it('are given, and one more is refused and leaves no trace', async () => {
    await grants.grantRole(grantOf('a'), by);
    await grants.grantRole(grantOf('b'), by);
    const trail = await driver.query('SELECT sequence FROM sallyport_audit');
    await expect(grants.grantRole(grantOf('c'), by)).rejects.toMatchObject({
      kind: 'full',
      message: expect.stringContaining('2 roles are granted') as string,
    });
    expect((await grants.listGrants('', 10)).map(({ subject }) => subject).toSorted()).toEqual(['a', 'b']);
    expect(await driver.query('SELECT sequence FROM sallyport_audit')).toEqual(trail);
  });

  it('can still be renewed', async () => {
    await grants.grantRole(grantOf('a'), by);
    await grants.grantRole(grantOf('b', 2000), by);
    expect(await grants.grantRole(grantOf('b', 3000), by)).toBe('renewed');
  });

  it('make room when one is taken back, and refuse that one then as any other', async () => {
    for (const subject of ['a', 'b']) await grants.grantRole(grantOf(subject), by);
    await grants.revokeRole(grantOf('a'), by);
    expect(await grants.grantRole(grantOf('c'), by)).toBe('granted');
    await expect(grants.grantRole(grantOf('a'), by)).rejects.toMatchObject({ kind: 'full' });
  });

  it('make room at the moment at which one expires, and refuse that one then as any other', async () => {
    await grants.grantRole(grantOf('a', 2000), by);
    await grants.grantRole(grantOf('b'), by);
    await expect(grants.grantRole(grantOf('c'), { ...by, atMs: 1999 })).rejects.toMatchObject({ kind: 'full' });
    expect(await grants.grantRole(grantOf('c'), { ...by, atMs: 2000 })).toBe('granted');
    await expect(grants.grantRole(grantOf('a'), { ...by, atMs: 2000 })).rejects.toMatchObject({ kind: 'full' });
  });
});

it('a grant has the id that an earlier version gave it, so that it can be renewed and taken back', async () => {
  await grants.grantRole(grantOf('anna'), by);
  expect((await grants.listGrants('', 1))[0]?.id).toBe(
    '341943d856bf08d9a54a27bf1206980baa7a882074c5bc393af10b5aaace245d',
  );
});

it('a subject and a role that run together as those of another grant are a grant of their own', async () => {
  expect(await grants.grantRole({ ...grantOf('ab'), role: 'c' }, by)).toBe('granted');
  expect(await grants.grantRole({ ...grantOf('a'), role: 'bc' }, by)).toBe('granted');
});
