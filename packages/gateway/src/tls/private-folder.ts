import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../write-whole.ts';

/** Makes a folder that nobody else may look into, with a note for git: a key that is committed is everybody's. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const note = join(folder, '.gitignore');
  if (!existsSync(note)) writeWhole(note, '*\n');
}
