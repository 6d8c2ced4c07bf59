import { describe, expect, test } from 'vitest';
import { fileReason } from './file-reason.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: something about /home/somebody/secret`), { code });
}

describe('fileReason', () => {
  test.each([
    ['ENOENT', 'there is no such file'],
    ['EACCES', 'this user may not'],
    ['ENOSPC', 'no space is left'],
    ['EIO', 'EIO'],
  ])('%s is told as: %s', (code, said) => {
    expect(fileReason(systemError(code))).toBe(said);
  });

  test('what has no code is not quoted', () => {
    expect(fileReason(new Error('/home/somebody/secret'))).toBe('the system does not say why');
  });
});
