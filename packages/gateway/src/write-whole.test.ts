import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  type linkSync,
  type writeFileSync as write,
} from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeNew, writeWhole } from './write-whole.ts';

/** Whether a disk is full after the first bytes, and why no second name can be given to a file. */
const system = vi.hoisted((): { full: boolean; links: string | null } => ({ full: false, links: null }));
vi.mock('node:fs', async (actual) => {
  const fs = await actual<{ writeFileSync: typeof write; linkSync: typeof linkSync }>();
  return {
    ...fs,
    writeFileSync(...[file, text, options]: Parameters<typeof write>) {
      fs.writeFileSync(file, system.full && typeof text === 'string' ? text.slice(0, 2) : text, options);
      if (system.full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
    linkSync(...names: Parameters<typeof linkSync>) {
      if (system.links !== null) throw Object.assign(new Error(system.links), { code: system.links });
      fs.linkSync(...names);
    },
  };
});

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-whole-'));
  file = join(folder, 'keys.json');
  system.full = false;
  system.links = null;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['writeWhole', writeWhole],
  ['writeNew', writeNew],
])('%s', (_name, writes) => {
  it('leaves nothing behind where the disk is full', () => {
    system.full = true;
    expect(() => writes(file, 'text')).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes a file that only this user may read, and leaves nothing else', () => {
    writes(file, 'text');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['text', ['keys.json']]);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('writeWhole', () => {
  it('keeps the file that is there where the disk is full', () => {
    writeFileSync(file, 'before');
    system.full = true;
    expect(() => writeWhole(file, 'after')).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['before', ['keys.json']]);
  });
});

describe('writeNew', () => {
  it.each([null, 'EPERM', 'ENOTSUP'])('replaces no file that is there (links: %s)', (links) => {
    system.links = links;
    writeNew(file, 'before');
    expect(() => writeNew(file, 'after')).toThrow(expect.objectContaining({ code: 'EEXIST' }) as Error);
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['before', ['keys.json']]);
  });
});
