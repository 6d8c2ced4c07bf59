import { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, write, writeSync } from 'node:fs';
import { fileReason } from '../file-reason.ts';
import { logFileReason } from './log-file.ts';

/** Each write is handed to another thread, which costs more than what it writes: few large ones. */
const FLUSH_BYTES = 256 * 1024;
const FLUSH_INTERVAL_MS = 200;
/** Lines wait here while the destination is slow or full; past it they are dropped and counted, never the exchanges. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** How soon a write is tried again: a pipe that is full is read soon, a disk that is full stays so for a while. */
const RETRY_MS = { slow: 20, failing: 500 } as const;
const STANDARD_OUTPUT = 1;
const LINE_FEED = 0x0a;

/** Writes lines in large pieces, out of the way of the exchanges they tell of. */
export interface LogWriter {
  write(line: string): void;
  /** Lines lost because the destination would not take them. */
  readonly dropped: number;
  /** Opens the destination again by its name; where that fails the old one goes on. */
  reopen(): void;
  /** Writes what is left, waiting at most a second; lines that come later are dropped. */
  close(): Promise<void>;
}

/** What is told of the destination, each once until it changes. */
export interface LogEvents {
  /** It does not take lines: why, and whether they wait for it. */
  failing(reason: string, waits: boolean): void;
  /** It has taken all that waited: how many lines were lost meanwhile. */
  recovered(lost: number): void;
  /** It cannot be opened again, and the file that is open goes on: why. */
  notReopened(reason: string): void;
}

const NOBODY: LogEvents = { failing: () => undefined, recovered: () => undefined, notReopened: () => undefined };

/**
 * Opens a destination: `-` is standard output, else a file that is appended to. Throws when the file cannot be opened. What a full disk or a slow
 * reader does not take waits and is tried again from the byte that was not taken, so that no line is torn. A file that was deleted is made anew; lines wait until it can be.
 */
export function createLogWriter(destination: string, events: LogEvents = NOBODY): LogWriter {
  let fd = destination === '-' ? STANDARD_OUTPUT : openFile(destination);
  let reopening = false;
  let toldOfReopening = false;
  let closed = false;
  // Lines are written into a buffer as they come: a rope of strings would be copied by every collection of garbage until it is flattened.
  let waiting = Buffer.allocUnsafeSlow(2 * FLUSH_BYTES);
  let used = 0;
  let free: Buffer<ArrayBuffer> | null = null;
  let dropped = 0;
  /** How many were dropped when the destination began to fail; null while it is well. */
  let droppedBefore: number | null = null;
  let busy = false;
  let idle: (() => void) | null = null;

  const fail = (reason: string, waits: boolean): void => {
    if (droppedBefore !== null) return;
    droppedBefore = dropped;
    events.failing(reason, waits);
  };
  /** Opens the destination by its name; says why where that fails, and what is open stays so. */
  const renew = (): string | null => {
    reopening = false;
    try {
      const next = openFile(destination);
      closeSync(fd);
      fd = next;
      toldOfReopening = false;
      return null;
    } catch (error) {
      return logFileReason(error);
    }
  };
  const reopen = (): boolean => {
    const reason = renew();
    if (reason === null) return true;
    // The old file goes on: a log in a place nobody looks is more than none.
    if (!toldOfReopening && !isDeleted(fd)) events.notReopened(reason);
    toldOfReopening = true;
    return false;
  };
  const flush = (): void => {
    if (busy) return;
    if (used === 0) {
      if (reopening) reopen();
      return;
    }
    busy = true;
    const bytes = waiting.subarray(0, used);
    const written = waiting;
    waiting = free ?? Buffer.allocUnsafeSlow(2 * FLUSH_BYTES);
    free = null;
    used = 0;
    push(bytes, 0, () => {
      busy = false;
      if (written.length === 2 * FLUSH_BYTES) free = written;
      if (used >= FLUSH_BYTES || idle !== null) flush();
      if (!busy) idle?.();
    });
  };
  /** Writes what is left of the bytes, and tries again until all of it is taken or nobody is there to take it. */
  const push = (bytes: Buffer, offset: number, done: () => void): void => {
    let from = offset;
    const again = (delayMs: number): void => {
      setTimeout(() => {
        if (closed) dropped += linesIn(bytes, from);
        else push(bytes, from, done);
      }, delayMs).unref();
    };
    const gone = fd !== STANDARD_OUTPUT && isDeleted(fd);
    const refused = gone ? renew() : null;
    if (refused !== null) {
      fail(refused, true);
      return again(RETRY_MS.failing);
    }
    // A line that the old file has the beginning of goes whole into the new one.
    if (gone || (reopening && reopen())) from = bytes.lastIndexOf(LINE_FEED, offset - 1 - bytes.length) + 1;
    write(fd, bytes, from, bytes.length - from, null, (error, count) => {
      if (error === null) {
        if (from + count < bytes.length) return push(bytes, from + count, done);
        if (droppedBefore !== null && used < FLUSH_BYTES) {
          const lost = dropped - droppedBefore;
          droppedBefore = null;
          events.recovered(lost);
        }
        return done();
      }
      if (error.code === 'EAGAIN') return again(RETRY_MS.slow);
      const waits = error.code !== 'EPIPE';
      fail(fileReason(error), waits);
      if (waits) return again(RETRY_MS.failing);
      // A closed pipe must not stop the door: the loss is counted and shown as a metric.
      dropped += linesIn(bytes, from);
      done();
    });
  };
  const timer = setInterval(flush, FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    write(line) {
      // Three bytes are the most that one UTF-16 unit takes in UTF-8.
      const most = line.length * 3 + 1;
      if (closed || used + most > MAX_WAITING_BYTES) {
        if (!closed) fail('lines come faster than they are taken', true);
        dropped += 1;
        return;
      }
      if (used + most > waiting.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(MAX_WAITING_BYTES, Math.max(waiting.length * 2, used + most)));
        waiting.copy(larger, 0, 0, used);
        waiting = larger;
      }
      used += waiting.write(line, used, 'utf8');
      waiting[used] = LINE_FEED;
      used += 1;
      if (used >= FLUSH_BYTES) flush();
    },
    get dropped() {
      return dropped;
    },
    reopen() {
      if (fd === STANDARD_OUTPUT) return;
      reopening = true;
      flush();
    },
    close() {
      clearInterval(timer);
      return new Promise((resolve) => {
        const finish = (): void => {
          if (closed) return;
          closed = true;
          idle = null;
          clearTimeout(giveUp);
          // A write that hangs keeps its descriptor: the number could be another file's by the time it goes on.
          if (fd !== STANDARD_OUTPUT && !busy) closeSync(fd);
          resolve();
        };
        const giveUp = setTimeout(finish, 1_000);
        idle = () => {
          if (used === 0) finish();
        };
        flush();
        if (!busy) idle();
      });
    },
  };
}

/** Not waited for: a pipe that nobody reads cannot be opened so, and one that is full says so instead of holding a thread. */
function openFile(path: string): number {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o640);
  if (fstatSync(fd).isFile()) endLine(path, fd);
  return fd;
}

/** Ends a line that whoever wrote the file before was killed in, so that the next one is not taken for its end. */
function endLine(path: string, fd: number): void {
  let reads: number | null = null;
  try {
    reads = openSync(path, 'r');
    const { size } = fstatSync(reads);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(reads, last, 0, 1, size - 1) === 1 && last[0] !== LINE_FEED) writeSync(fd, '\n');
  } catch {
    // One may write to it and not read it, or its disk is full.
  } finally {
    if (reads !== null) closeSync(reads);
  }
}

/** Whether no name leads to a file any more: what is written into it nobody will read. One that was moved is still somewhere. */
function isDeleted(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() && stats.nlink === 0;
  } catch {
    return false;
  }
}

/** Lines that end behind an offset. */
function linesIn(bytes: Buffer, from: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}
