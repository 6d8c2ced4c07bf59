import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeHere, typeInProcess } from './testing/type-command.ts';

/** Commands whose output nobody takes. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-output-'));
  writeFileSync(
    join(folder, 'openapi.yaml'),
    `openapi: 3.1.0
info: { title: Keys, version: '1' }
paths: { /a: { get: { security: [{ key: [] }], responses: { '200': { description: ok } } } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-Key } } }
`,
  );
  writeFileSync(join(folder, 'sallyport.yaml'), 'authentication: { key: { keys: store } }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unread = (words: readonly string[]) => typeInProcess(words, { cwd: folder, unread: true });

describe('where nobody reads the output', () => {
  it.each([
    ['the help', ['--help'], 0],
    ['the help of a command', ['keys', 'create', '--help'], 0],
    ['the version', ['--version'], 0],
    ['a plan', ['check'], 0],
    ['a command that does not exist', ['chekc'], 2],
  ] as const)('%s ends as it would otherwise', async (_what, words, status) => {
    const outcome = await unread(words);
    expect(outcome).toMatchObject({ status });
    expect(outcome.stderr).toBe((await typeHere(words, { cwd: folder })).stderr);
  });

  it('a new key is said to be lost, and how to take it back', async () => {
    const { status, stderr } = await unread(['keys', 'create', '--id', 'lost-1', '--owner', 'billing']);
    expect(stderr).toContain(
      'sallyport: standard output is closed, so nobody has the new key lost-1, and it cannot be shown again. Revoke it: sallyport keys revoke lost-1\n',
    );
    expect(status).toBe(2);
  });

  it.skipIf(!existsSync('/dev/full'))('a file that was cut off by a full disk does not pass for a whole one', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--conditions=sallyport-source', join(import.meta.dirname, 'main.ts'), 'check', '--json'],
        { cwd: folder, stdio: ['ignore', full, 'pipe'], encoding: 'utf8' },
      );
      expect(stderr).toBe('sallyport: standard output: no space is left\n');
      expect(status).toBe(2);
    } finally {
      closeSync(full);
    }
  });
});
