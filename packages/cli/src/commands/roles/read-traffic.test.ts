import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraffic } from './read-traffic.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-traffic-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = (operation: string, roles: readonly string[] | null, more: object = { verdict: 'passed' }): string =>
  JSON.stringify({
    '@timestamp': '2026-11-01T00:00:00.000Z',
    'event.dataset': 'sallyport.access',
    'event.action': operation,
    ...(roles === null ? {} : { 'user.roles': roles }),
    sallyport: more,
  });
const read = (...texts: readonly string[]): ReturnType<typeof readTraffic> => {
  const files = texts.map((text, index) => {
    const file = join(folder, `${index}.log`);
    writeFileSync(file, text);
    return file;
  });
  return readTraffic(
    files,
    new Map([
      ['editor', 1],
      ['viewer', 1],
    ]),
    new Set(['list', 'write', 'drop']),
  );
};

describe('readTraffic', () => {
  it('notes which operations each role was let through to, over all files', async () => {
    const traffic = await read(
      `${record('list', ['editor', 'viewer'])}\n${record('write', ['editor'])}\n`,
      `${record('list', ['viewer'])}\n${record('list', null)}`,
    );
    expect(traffic.uses).toEqual(
      new Map([
        ['editor', new Set(['list', 'write'])],
        ['viewer', new Set(['list'])],
      ]),
    );
    expect(traffic).toMatchObject({ records: 4, withRoles: 3, unreadable: 0, cut: 0, fromMs: Date.UTC(2026, 10, 1) });
  });

  it('counts no refusal as a use, but for one of the answer: the upstream was asked by then', async () => {
    const traffic = await read(
      [
        record('list', ['editor'], { verdict: 'denied', stage: 'authorization' }),
        record('write', ['editor'], { verdict: 'denied', stage: 'response' }),
        record('drop', ['viewer'], { verdict: 'failed' }),
      ].join('\n'),
    );
    expect(traffic.uses).toEqual(
      new Map([
        ['editor', new Set(['write'])],
        ['viewer', new Set(['drop'])],
      ]),
    );
  });

  it('remembers no role and no operation that is not known: a log of any length takes the same memory', async () => {
    const traffic = await read([record('list', ['stranger']), record('other', ['editor'])].join('\n'));
    expect([traffic.uses.size, traffic.records]).toEqual([0, 2]);
  });

  it('passes over what is no record, counts it, and says where roles were cut', async () => {
    const text = [
      '{"torn',
      '[]',
      'null',
      'plain text',
      JSON.stringify({ 'event.dataset': 'sallyport.process', message: 'reloaded' }),
      'x'.repeat(3 * 2 ** 20),
      record('list', ['editor', '…']),
      '',
    ].join('\n');
    expect(await read(text)).toMatchObject({ records: 1, unreadable: 5, cut: 1 });
  });

  it('names a file that is not there', async () => {
    await expect(readTraffic([join(folder, 'absent.log')], new Map(), new Set())).rejects.toThrow('no such file');
  });
});
