import { readFileSync, statSync } from 'node:fs';
import type { ConfigurationProblem, SourceLocation } from '@sallyport/core';
import type { StartCode } from '../start-codes.ts';
import { fileReason } from '../file-reason.ts';

/** Collects what is wrong with one file. */
export interface FileProblems {
  add(
    code: StartCode,
    path: string,
    location: Pick<SourceLocation, 'line' | 'column'> | null,
    message: string,
    hint: string | null,
  ): void;
}

/** Collects problems of `file` into `problems`; a null location means the whole file. */
export function problemsOf(file: string, problems: ConfigurationProblem[]): FileProblems {
  return {
    add(code, path, location, message, hint) {
      problems.push({ code, file, line: location?.line ?? 0, column: location?.column ?? 0, path, message, hint });
    },
  };
}

/** Largest file of keys or users that is read. */
const MAX_BYTES = 1024 * 1024;

/** Reads a file of the policy, or one that was `typed` in a command, as UTF-8. Null where it cannot be read, with the problem. */
export function readIdentityFile(
  path: string,
  problems: FileProblems,
  from: 'policy' | 'typed' = 'policy',
): string | null {
  try {
    // Asked before reading: a pipe or a device would never end.
    const facts = statSync(path);
    if (!facts.isFile()) throw new Error('it is not a regular file');
    if (facts.size > MAX_BYTES) throw new Error('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const reason =
      error instanceof TypeError
        ? 'it is not UTF-8'
        : error instanceof Error && !('code' in error)
          ? error.message
          : fileReason(error);
    problems.add(
      'IDENTITY_FILE_UNREADABLE',
      '',
      null,
      `the file cannot be read: ${reason}`,
      `Name a file that this process may read; the path is relative to ${from === 'policy' ? 'the policy file' : 'where the command was typed'}.`,
    );
    return null;
  }
}
