import { parsePasswordHash, type PasswordHash } from './hash-password.ts';
import type { FileProblems } from './read-identity-file.ts';

/**
 * Parses a file of users: a line `user:scrypt$N$r$p$salt$hash` each; empty lines and lines that begin with `#` mean nothing. User
 * names have 1 to 255 characters without colon, space at the ends, and control characters (RFC 7617, section 2). Every problem is
 * reported with its line; lines with a problem are left out.
 */
export function parsePasswordFile(text: string, problems: FileProblems): ReadonlyMap<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wrong = (message: string, hint: string | null): void =>
      problems.add('PASSWORD_FILE_INVALID', '', { line: index + 1, column: 1 }, message, hint);
    const colon = line.indexOf(':');
    const user = line.slice(0, colon);
    if (colon < 1 || colon > 255 || user !== user.trim() || /\p{Cc}/u.test(user)) {
      wrong(
        'the line has not the form user:hash',
        'Write the user name, a colon and the hash that Sallyport makes of the password.',
      );
      continue;
    }
    const hash = parsePasswordHash(line.slice(colon + 1).trimEnd());
    if (typeof hash === 'string')
      wrong(hash, 'Let Sallyport hash the password again. If this was the password itself, replace it.');
    else if (users.has(user)) wrong('the user stands in the file twice', 'Keep one of the two lines.');
    else users.set(user, hash);
  }
  return users;
}
