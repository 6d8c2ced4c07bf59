import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  mkdirSync,
  renameSync,
  type write,
} from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogWriter, type LogEvents, type LogWriter } from './log-writer.ts';

/** What the next writes come to: so many bytes taken, or an error; beyond them all goes well. */
const outcomes = vi.hoisted((): (number | string)[] => []);
vi.mock('node:fs', async (actual) => {
  const fs = await actual<{ write: typeof write }>();
  const scripted = (
    fd: number,
    bytes: Buffer,
    offset: number,
    length: number,
    at: null,
    done: (error: Error | null, count: number) => void,
  ): void => {
    const outcome = outcomes.shift();
    if (typeof outcome === 'string') setImmediate(() => done(Object.assign(new Error(outcome), { code: outcome }), 0));
    else fs.write(fd, bytes, offset, outcome ?? length, at, done);
  };
  return { ...fs, write: scripted };
});

let folder: string;
let file: string;
let told: string[];
let writer: LogWriter | null = null;
const events: LogEvents = {
  failing: (reason, waits) => told.push(`failing: ${reason}, ${waits ? 'lines wait' : 'lines are lost'}`),
  recovered: (lost) => told.push(`recovered: ${lost} lost`),
  notReopened: (reason) => told.push(`not reopened: ${reason}`),
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'));
  file = join(folder, 'access.log');
  told = [];
  outcomes.length = 0;
});
afterEach(async () => {
  await writer?.close();
  writer = null;
  rmSync(folder, { recursive: true, force: true });
});

function open(destination = file): LogWriter {
  writer = createLogWriter(destination, events);
  return writer;
}

/** Comes about in the file. */
async function reads(text: string, of = file): Promise<void> {
  await vi.waitUntil(() => readFileSync(of, 'utf8') === text, { timeout: 25_000, interval: 10 });
}

describe('createLogWriter', () => {
  it('loses and tears no line when a disk is full for a while, and says so once', async () => {
    outcomes.push(4, 'ENOSPC', 'ENOSPC');
    const log = open();
    log.write('one');
    log.write('two');
    await reads('one\ntwo\n');
    await vi.waitUntil(() => told.length === 2, { timeout: 25_000 });
    log.write('three');
    await reads('one\ntwo\nthree\n');
    expect([told, log.dropped]).toEqual([['failing: no space is left, lines wait', 'recovered: 0 lost'], 0]);
  });

  it('counts what does not fit into its memory while a disk is full', async () => {
    outcomes.push('ENOSPC');
    const log = open();
    const line = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 20; i++) log.write(line);
    await vi.waitUntil(() => told.length === 2, { timeout: 25_000 });
    const [first, second] = told;
    expect(log.dropped).toBeGreaterThan(0);
    expect([first, second]).toEqual([expect.stringContaining('failing: '), `recovered: ${log.dropped} lost`]);
  });

  it('lets the lines go whose reader has gone, and says that they are lost', async () => {
    outcomes.push('EPIPE', 'EPIPE');
    const log = open();
    log.write('one');
    await vi.waitUntil(() => log.dropped === 1, { timeout: 25_000 });
    log.write('two');
    await vi.waitUntil(() => log.dropped === 2, { timeout: 25_000 });
    log.write('three');
    await reads('three\n');
    await vi.waitUntil(() => told.length > 1, { timeout: 25_000 });
    expect(told).toEqual(['failing: nobody reads it any more, lines are lost', 'recovered: 2 lost']);
  });

  it('goes on in a new file while the disk of the old one is full, with the line that the old one has a part of', async () => {
    outcomes.push(6, 'ENOSPC');
    const log = open();
    log.write('one');
    log.write('two');
    await vi.waitUntil(() => told.length === 1, { timeout: 25_000 });
    renameSync(file, `${file}.1`);
    log.reopen();
    await vi.waitUntil(() => told.length === 2, { timeout: 25_000 });
    expect([readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['one\ntw', 'two\n']);
  });

  it('ends a line that the one before it was killed in', async () => {
    writeFileSync(file, 'one\ntw');
    open().write('three');
    await reads('one\ntw\nthree\n');
  });

  it('makes a file anew that was deleted', async () => {
    const log = open();
    log.write('one');
    await reads('one\n');
    rmSync(file);
    log.write('two');
    await vi.waitUntil(() => spawnSync('test', ['-s', file]).status === 0, { timeout: 25_000, interval: 10 });
    await reads('two\n');
    expect(told).toEqual([]);
  });

  it('keeps its lines while the folder of its file is gone, says so once, and goes on when it is back', async () => {
    const log = open();
    log.write('one');
    await reads('one\n');
    rmSync(folder, { recursive: true });
    log.write('two');
    await vi.waitUntil(() => told.length > 0, { timeout: 25_000, interval: 10 });
    log.reopen();
    log.write('three');
    mkdirSync(folder);
    await vi.waitUntil(() => told.length > 1, { timeout: 25_000, interval: 10 });
    await reads('two\nthree\n');
    expect(told).toEqual(['failing: there is no such folder, lines wait', 'recovered: 0 lost']);
    expect(log.dropped).toBe(0);
  });

  it('goes on with the file that is open where it cannot be opened again, and says so once', async () => {
    const log = open();
    log.write('one');
    await reads('one\n');
    renameSync(file, `${file}.1`);
    mkdirSync(file);
    log.reopen();
    log.reopen();
    log.write('two');
    await reads('one\ntwo\n', `${file}.1`);
    expect(told).toEqual(['not reopened: it is a folder']);
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe that nobody reads instead of waiting for a reader', () => {
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    expect(() => open()).toThrow(expect.objectContaining({ code: 'ENXIO' }) as Error);
  });

  it.skipIf(process.platform === 'win32')('keeps lines whole for a reader that is slow', async () => {
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const log = open();
    const line = 'x'.repeat(1023);
    for (let i = 0; i < 300; i++) log.write(line);
    const bytes = Buffer.alloc(64 * 1024);
    let text = '';
    await vi.waitUntil(
      () => {
        try {
          text += bytes.toString('utf8', 0, readSync(reader, bytes));
        } catch {
          // Nothing is there yet.
        }
        return text.length === 300 * 1024;
      },
      { timeout: 25_000, interval: 1 },
    );
    closeSync(reader);
    expect([text === `${line}\n`.repeat(300), told]).toEqual([true, []]);
  });
});
