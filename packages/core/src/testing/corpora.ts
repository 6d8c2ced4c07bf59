import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const CORPORA = resolve(import.meta.dirname, '../../../../../shared/corpora');

/**
 * Path of a corpus of test cases written by others, or null where it is not on this machine. They stand beside the repository;
 * a test that needs one skips without it, and says so. `SALLYPORT_CORPORA` names another folder.
 */
export function corpusPath(name: string): string | null {
  const path = resolve(process.env['SALLYPORT_CORPORA'] ?? CORPORA, name);
  return existsSync(path) ? path : null;
}
