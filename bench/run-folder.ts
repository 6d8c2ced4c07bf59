import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder for the files of a run, of which the logs have hundreds of megabytes. It is removed when the process ends, also where it is stopped or fails: after `children`
 * were told to end and have written their last.
 */
export function runFolder(children: readonly ChildProcess[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  process.on('exit', () => {
    for (const child of children) child.kill('SIGTERM');
    for (let tries = 0; tries < 30 && !children.every(hasEnded); tries++) pause(100);
    for (let tries = 0; tries < 50 && !removed(folder); tries++) pause(100);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  return folder;
}

/** Nobody collects what has ended while this process ends itself: it is there as a zombie. */
function hasEnded({ pid }: ChildProcess): boolean {
  try {
    return pid === undefined || / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''));
  } catch {
    return true;
  }
}

function removed(folder: string): boolean {
  try {
    // Where a file goes away meanwhile this stops in the middle, and says nothing.
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // One has come meanwhile.
  }
  return !existsSync(folder);
}

/** Nothing else waits while a process ends. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
