import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Where no file can have two names. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Writes a file whole or not at all, for this user alone, in the place of one that is there. It is on disk before it has its name. Throws the system's error,
 * and leaves nothing behind then.
 */
export function writeWhole(path: string, text: string): void {
  withDraft(path, text, (draft) => renameSync(draft, path));
}

/** Writes a file that is not there, whole or not at all, for this user alone. Throws the system's error, EEXIST where it is there, and leaves nothing behind then. */
export function writeNew(path: string, text: string): void {
  withDraft(path, text, (draft) => {
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && NO_LINKS.has(error.code))) throw error;
      if (existsSync(path)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST', path });
      renameSync(draft, path);
    }
  });
}

/** Drafts of several processes, and of machines that share a folder, have different names. */
function withDraft(path: string, text: string, place: (draft: string) => void): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}
