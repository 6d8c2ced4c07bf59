const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'something else of this name is there'],
  ['ENOTDIR', 'what should be a folder on the way to it is none'],
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['ELOOP', 'its symbolic links lead in a circle'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left'],
  ['EDQUOT', 'no space is left for this user'],
  ['EFBIG', 'it is as large as this process may make a file'],
  ['EPIPE', 'nobody reads it any more'],
  ['ENXIO', 'nobody reads it'],
  ['ENFILE', 'this machine has too many files open'],
  ['EMFILE', 'this process has too many files open'],
]);

/** Why the system did not read or write a file, in words; of an error that is not known its code. Never the system's own message, which repeats the path. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return REASONS.get(code) ?? (typeof code === 'string' ? code : 'the system does not say why');
}
