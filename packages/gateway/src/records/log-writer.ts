import { Buffer } from 'node:buffer';
import { closeSync, openSync, write } from 'node:fs';

/** Each write is handed to another thread, which costs more than what it writes: few large ones. */
const FLUSH_BYTES = 256 * 1024;
const FLUSH_INTERVAL_MS = 200;
/** Lines wait here while the destination is slow or full; past it they are dropped and counted, never the exchanges. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
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

/** Opens a destination: `-` is standard output, else a file that is appended to. Throws when the file cannot be opened. */
export function createLogWriter(destination: string): LogWriter {
  let fd = destination === '-' ? STANDARD_OUTPUT : openSync(destination, 'a', 0o640);
  let reopening = false;
  let closed = false;
  // Lines are written into a buffer as they come: a rope of strings would be copied by every collection of garbage until it is flattened.
  let waiting = Buffer.allocUnsafeSlow(2 * FLUSH_BYTES);
  let used = 0;
  let lines = 0;
  let free: Buffer<ArrayBuffer> | null = null;
  let dropped = 0;
  let busy = false;
  let idle: (() => void) | null = null;

  const flush = (): void => {
    if (busy) return;
    if (reopening) renew();
    if (used === 0) return;
    busy = true;
    const count = lines;
    const bytes = waiting.subarray(0, used);
    const spare = free ?? Buffer.allocUnsafeSlow(2 * FLUSH_BYTES);
    free = null;
    const written = waiting;
    waiting = spare;
    used = 0;
    lines = 0;
    writeAll(fd, bytes, 0, (error) => {
      busy = false;
      if (written.length === 2 * FLUSH_BYTES) free = written;
      // A full disk or a closed pipe must not stop the door: the loss is counted and shown as a metric.
      if (error !== null) dropped += count;
      if (used >= FLUSH_BYTES || idle !== null) flush();
      if (!busy) idle?.();
    });
  };
  const renew = (): void => {
    reopening = false;
    try {
      const next = openSync(destination, 'a', 0o640);
      closeSync(fd);
      fd = next;
    } catch {
      // The old file goes on: a log in a place nobody looks is more than none.
    }
  };
  const timer = setInterval(flush, FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    write(line) {
      // Three bytes are the most that one UTF-16 unit takes in UTF-8.
      const most = line.length * 3 + 1;
      if (closed || used + most > MAX_WAITING_BYTES) {
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
      lines += 1;
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

function writeAll(fd: number, bytes: Buffer, offset: number, done: (error: Error | null) => void): void {
  write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
    if (error !== null) {
      if (error.code === 'EAGAIN') setTimeout(() => writeAll(fd, bytes, offset, done), 20).unref();
      else done(error);
    } else if (offset + written < bytes.length) writeAll(fd, bytes, offset + written, done);
    else done(null);
  });
}
