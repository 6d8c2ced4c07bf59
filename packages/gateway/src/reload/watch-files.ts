import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';

/** A running watch over a set of files. */
export interface FileWatch {
  /** What was made of these files is in use: they are watched from now on, and no others. */
  update(files: readonly string[]): void;
  /** Something is about to be made of this file, or would be if it were there: watched too, until it is said what came of it. */
  note(file: string): void;
  /** What was to be made of the files that were noted came to nothing: what is wrong may be mended in any of them. */
  refused(): void;
  close(): void;
}

const INTERVAL_MS = 1_000;
/** What is larger is too large for a plan to be made of it, and known by its size and time. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Calls `changed` when the content of one of the files is another than before. Polls by name rather than watching an inode: a
 * mounted configuration is replaced by switching a symbolic link, which a watched inode never hears of. A file that is gone for
 * a moment, as while an editor saves, is no change until it is back. A folder changes when a file in it comes or goes.
 */
export function watchFiles(files: readonly string[], changed: () => void): FileWatch {
  /** Null for one that is not there. */
  const hashes = new Map<string, string | null>();
  let inUse = files;
  const noted = new Set<string>();
  const onStat = (): void => {
    let different = false;
    for (const [file, before] of hashes) {
      const now = hashOf(file);
      if (now !== null && now !== before) {
        hashes.set(file, now);
        different = true;
      }
    }
    if (different) changed();
  };
  let second: NodeJS.Timeout | null = null;
  let closed = false;
  const begin = (file: string): void => {
    if (closed) return;
    hashes.set(file, hashOf(file));
    watchFile(file, { interval: INTERVAL_MS, persistent: false }, onStat);
    // The first look of the platform comes a moment later: what changed in between is what it then takes for the beginning, and never tells.
    if (second !== null) clearTimeout(second);
    second = setTimeout(() => {
      second = null;
      onStat();
    }, INTERVAL_MS).unref();
  };
  const keep = (files: ReadonlySet<string>): void => {
    noted.clear();
    for (const file of hashes.keys())
      if (!files.has(file)) {
        unwatchFile(file, onStat);
        hashes.delete(file);
      }
    for (const file of files) if (!hashes.has(file)) begin(file);
  };
  const watch: FileWatch = {
    update(next) {
      inUse = next;
      keep(new Set(next));
    },
    refused: () => keep(new Set([...inUse, ...noted])),
    note(file) {
      noted.add(file);
      const before = hashes.get(file);
      if (before === undefined) begin(file);
      // One that is back as it was is no change, unless somebody missed it.
      else if (before === null || !existsSync(file)) hashes.set(file, hashOf(file));
    },
    close() {
      closed = true;
      if (second !== null) clearTimeout(second);
      for (const file of hashes.keys()) unwatchFile(file, onStat);
      hashes.clear();
    },
  };
  watch.update(inUse);
  return watch;
}

/** Null where there is nothing that could be read. Asked before reading: a pipe or a device would never end. */
function hashOf(file: string): string | null {
  try {
    const facts = statSync(file);
    if (facts.isDirectory()) return hashOfFolder(file);
    if (!facts.isFile()) return null;
    return facts.size > MAX_BYTES
      ? `${facts.size} ${facts.mtimeMs}`
      : createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch {
    return null;
  }
}

/** A folder changes when a file comes or goes. */
function hashOfFolder(folder: string): string {
  return createHash('sha256').update(readdirSync(folder).sort().join('\0')).digest('base64');
}
