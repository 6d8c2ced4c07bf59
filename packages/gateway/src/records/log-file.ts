import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConfigurationProblem, Policy } from '@sallyport/core';
import { fileReason } from '../file-reason.ts';
import type { StartCode } from '../start-codes.ts';

/** Looks whether the file that lines of the log go to could be opened, and makes none. Standard output always can. */
export function checkLogFile(policy: Policy): readonly ConfigurationProblem[] {
  const { destination } = policy.log;
  if (destination === '-') return [];
  try {
    const found = statSync(destination, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return [logProblem(policy, 'it is a folder')];
    accessSync(found === undefined ? dirname(destination) : destination, constants.W_OK);
    return [];
  } catch (error) {
    return [logProblem(policy, logFileReason(error))];
  }
}

/** Why a file of the log could not be opened, at its place in the policy. */
export function logFileProblem(policy: Policy, error: unknown): ConfigurationProblem {
  return logProblem(policy, logFileReason(error));
}

/** Why a file of the log could not be opened. One that is not there is made, so that what is missing is its folder. */
export function logFileReason(error: unknown): string {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return missing ? 'there is no such folder' : fileReason(error);
}

function logProblem(policy: Policy, reason: string): ConfigurationProblem {
  const place = { file: policy.file ?? '', pointer: '/log/destination' };
  return {
    ...(policy.locate?.(place) ?? { file: place.file, line: 0, column: 0 }),
    code: 'LOG_FILE_UNWRITABLE' satisfies StartCode,
    path: place.pointer,
    message: `the log cannot be written to ${policy.log.destination}: ${reason}`,
    hint: 'Make the folder, name a file that this process may write, or write - for standard output.',
  };
}
