import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataKeyError, readKeyFile, type WrappedKey, writeKeyFile } from './data-key-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-data-keys-'));
  path = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ACTIVE_FROM = '2026-01-02T03:04:05.678Z';
const key = (version: number): WrappedKey => ({
  name: 'k1',
  version,
  activeFromMs: Date.parse(ACTIVE_FROM),
  wrapped: `wrapped-${version}`,
});
const keys = (count: number): readonly WrappedKey[] => Array.from({ length: count }, (_, index) => key(index + 1));

it('keys come back as they were written, for their user alone', () => {
  for (const count of [1, 2, 1000]) {
    writeKeyFile(path, keys(count), false);
    expect(readKeyFile(path)).toEqual(keys(count));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
  expect(readdirSync(folder)).toEqual(['keys.json']);
});

it('a file that is there is replaced only where that is meant', () => {
  writeKeyFile(path, keys(1), true);
  expect(() => writeKeyFile(path, keys(2), true)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readKeyFile(path)).toEqual(keys(1));
});

it.each<[string, readonly WrappedKey[]]>([
  ['1001 keys', keys(1001)],
  ['none', []],
  ['one twice', [key(1), key(1)]],
  ['one of a version that is too high', [key(1e9)]],
])('%s are not written over a file that is there: nothing could read it again', (_, unreadable) => {
  writeKeyFile(path, keys(1), true);
  const before = readFileSync(path, 'utf8');
  expect(() => writeKeyFile(path, unreadable, false)).toThrow(DataKeyError);
  expect(readFileSync(path, 'utf8')).toBe(before);
});

const GOOD = { name: 'k1', version: 1, activeFrom: ACTIVE_FROM, wrapped: 'x' };
it.each<[string, unknown]>([
  ['no JSON', '{'],
  ['a list', [GOOD]],
  ['null', null],
  ['no format', { keys: [GOOD] }],
  ['a later format', { format: 2, keys: [GOOD] }],
  ['no keys', { format: 1 }],
  ['an empty list of keys', { format: 1, keys: [] }],
  ['a key that is no object', { format: 1, keys: [GOOD, null] }],
  ['a key that stands twice', { format: 1, keys: [GOOD, { ...GOOD, wrapped: 'y' }] }],
  ...(
    [
      ['name', 'K1', 'k.1', '', 'k'.repeat(33), ' k1', 'k1\n', 1, undefined],
      ['version', 0, -1, 1.5, 1e9, '1', undefined],
      ['activeFrom', 'soon', '', 0, undefined],
      ['wrapped', 1, null, undefined],
    ] as const
  ).flatMap(([name, ...values]) =>
    values.map((value): [string, unknown] => [
      `a key whose ${name} is ${JSON.stringify(value)}`,
      { format: 1, keys: [{ ...GOOD, [name]: value }] },
    ]),
  ),
])('a file with %s is refused', (_, content) => {
  writeFileSync(path, JSON.stringify({ format: 1, keys: [GOOD, { ...GOOD, version: 999_999_999 }] }));
  expect(readKeyFile(path)).toHaveLength(2);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  expect(() => readKeyFile(path)).toThrow(DataKeyError);
});

it('a file that is not there is refused with the reason', () => {
  expect(() => readKeyFile(path)).toThrow('there is no such file');
});
