import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, unwatchFile, watchFile } from 'node:fs';

/** A running watch over a set of files. */
export interface FileWatch {
  update(files: readonly string[]): void;
  close(): void;
}

const INTERVAL_MS = 1_000;

/**
 * Calls `changed` when the content of one of the files is another than before. Polls by name rather than watching an inode: a
 * mounted configuration is replaced by switching a symbolic link, which a watched inode never hears of. A file that is gone for
 * a moment, as while an editor saves, is no change until it is back. A folder changes when a file in it comes or goes.
 */
export function watchFiles(files: readonly string[], changed: () => void): FileWatch {
  const hashes = new Map<string, string | null>();
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
  const watch: FileWatch = {
    update(next) {
      for (const file of hashes.keys())
        if (!next.includes(file)) {
          unwatchFile(file, onStat);
          hashes.delete(file);
        }
      for (const file of next) {
        if (hashes.has(file)) continue;
        hashes.set(file, hashOf(file));
        watchFile(file, { interval: INTERVAL_MS, persistent: false }, onStat);
        // The first look of the platform comes a moment later: what changed in between is what it then takes for the beginning, and never tells.
        if (second !== null) clearTimeout(second);
        second = setTimeout(() => {
          second = null;
          onStat();
        }, INTERVAL_MS).unref();
      }
    },
    close() {
      if (second !== null) clearTimeout(second);
      for (const file of hashes.keys()) unwatchFile(file, onStat);
      hashes.clear();
    },
  };
  watch.update(files);
  return watch;
}

function hashOf(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EISDIR' ? hashOfFolder(file) : null;
  }
}

/** A folder changes when a file comes or goes. */
function hashOfFolder(folder: string): string | null {
  try {
    return createHash('sha256').update(readdirSync(folder).sort().join('\0')).digest('base64');
  } catch {
    return null;
  }
}
