import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StorePolicy } from '@sallyport/core';
import { createLookedAtStore } from './looked-at-store.ts';
import { createStore } from './open-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-path-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = join(folder, 'notes.txt');
writeFileSync(text, 'no database');

describe('a path where no SQLite database can be', () => {
  it.each([
    ['a folder', folder, `${folder}, is a folder: name a file, such as sqlite:${folder}/sallyport.db`],
    ['a file of another kind', text, `${text}, is no SQLite database: name another file`],
    [
      'in a folder that is not there',
      join(folder, 'away', 'a.db'),
      `in the folder ${join(folder, 'away')}: there is none`,
    ],
    ['in a file', join(text, 'a.db'), `in the folder ${text}: it is no folder`],
  ])('is told as what it is, and not as one whose key is gone: %s', async (_, path, said) => {
    const policy: StorePolicy = { location: { kind: 'sqlite', path }, key: null, graceMs: 0 };
    for (const store of [createStore(policy), createLookedAtStore(policy)]) {
      await expect(store.open()).rejects.toMatchObject({
        kind: 'settings',
        message: expect.stringContaining(said) as string,
      });
      await store.close();
    }
    expect(existsSync(`${path}.key`)).toBe(false);
  });
});
