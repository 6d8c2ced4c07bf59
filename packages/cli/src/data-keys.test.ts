import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeInProcess } from './testing/type-command.ts';

/** Data keys and rewrapping as a user types them: real processes over real files. */
const MAIN = join(import.meta.dirname, 'main.ts');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-data-keys-'));
  writeFileSync(
    join(folder, 'openapi.yaml'),
    "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: { /a: { get: { security: [], responses: { '200': { description: ok } } } } }\n",
  );
  writeFileSync(
    join(folder, 'sallyport.yaml'),
    'api: openapi.yaml\nupstream: http://127.0.0.1:1\ndata: { encrypt: { fields: [ssn], record: [id], keys: { file: keys.json, master: master.key } } }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sallyport(words: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=sallyport-source', MAIN, ...words], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { status, stdout, stderr };
}

describe('data-keys and rewrap', () => {
  it('create makes both files for their user alone, and never makes them anew', { timeout: 60_000 }, () => {
    const made = sallyport(['data-keys', 'create']);
    expect([made.status, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toMatch(/made .*keys\.json with the key k[0-9a-f]{8}\.1/);
    for (const file of ['keys.json', 'master.key']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    const before = readFileSync(join(folder, 'keys.json'), 'utf8');
    const again = sallyport(['data-keys', 'create']);
    expect(again.status).not.toBe(0);
    expect(again.stderr).toContain('is there already');
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe(before);
  });

  it('what was encrypted under the old key is rewrapped under the new one', { timeout: 60_000 }, () => {
    const words = ['rewrap', '--column', 'ssn', '--record', 'id'];
    const first = sallyport([...words, '--encrypt-clear'], '{"id":1,"n":1.0,"ssn":"123"}\n\n{"id":2,"ssn":null}\n');
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/^\{"id":1,"n":1\.0,"ssn":"sp1\.k[0-9a-f]{8}\.1\.[^"]*"\}\n\{"id":2,"ssn":null\}\n$/);
    expect(sallyport(['data-keys', 'rotate', '--after', '1h']).status).toBe(0);
    expect(sallyport(words, first.stdout).stdout).toMatch(/"sp1\.k[0-9a-f]{8}\.1\./);
    expect(sallyport(['data-keys', 'rotate', '--after', '1ms']).status).toBe(0);
    const second = sallyport(words, first.stdout);
    expect([second.status, second.stderr]).toEqual([0, '']);
    expect(second.stdout).toMatch(/"sp1\.k[0-9a-f]{8}\.3\./);
    const listed = sallyport(['data-keys', 'list']).stdout.trim().split('\n');
    expect(listed.map((line) => line.replace(/^\S+\.(\d)  from \S+  /, '$1 '))).toEqual([
      '1 read only',
      '2 not yet written under',
      '3 written under',
    ]);
  });

  it('rows that nobody takes any more end it, and it says from which on', { timeout: 60_000 }, async () => {
    const words = ['rewrap', '--column', 'ssn', '--record', 'id', '--encrypt-clear'];
    const { status, stderr } = await typeInProcess(words, { cwd: folder, unread: true }, '{"id":1,"ssn":"123"}\n');
    expect(stderr).toBe('sallyport: line 1: its row was not written: standard output is closed\n');
    expect(status).toBe(2);
  });

  it('indexes are written with the values, into the column that is named', { timeout: 60_000 }, () => {
    const policy = readFileSync(join(folder, 'sallyport.yaml'), 'utf8');
    writeFileSync(
      join(folder, 'indexed.yaml'),
      policy.replace('fields:', 'indexes: { ssn: { normalize: [digits] } }, fields:'),
    );
    const words = ['rewrap', '--config', 'indexed.yaml', '--column', 'ssn', '--record', 'id'];
    const rows = '{"id":1,"ssn":"1-2"}\n{"id":2,"ssn":"12","hash":"old"}\n{"id":3,"ssn":null}\n';
    const { status, stdout, stderr } = sallyport(
      [...words, '--index-column', 'hash=ssnIndex', '--encrypt-clear'],
      rows,
    );
    expect([status, stderr]).toEqual([0, '']);
    const hashes = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { hash: unknown }).hash);
    expect(hashes).toEqual([expect.stringMatching(/^si1\.1\.[A-Za-z0-9_-]{22}$/), hashes[0], null]);
    expect(sallyport(words, stdout).stdout).toContain(`"ssnIndex":${JSON.stringify(hashes[0])}`);
  });

  it('stops with the line of a value that does not open, and asks for the record', { timeout: 60_000 }, () => {
    const { stdout } = sallyport(
      ['rewrap', '--column', 'ssn', '--record', 'id', '--encrypt-clear'],
      '{"id":1,"ssn":"1"}',
    );
    const moved = sallyport(['rewrap', '--column', 'ssn', '--record', 'id'], stdout.replace('"id":1', '"id":2'));
    expect(moved.status).not.toBe(0);
    expect(moved.stderr).toContain('line 1: ssn: the value does not open (not-authentic)');
    expect(moved.stdout).toBe('');
    expect(sallyport(['rewrap', '--column', 'ssn']).stderr).toContain('--record id');
  });
});
