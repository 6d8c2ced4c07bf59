import { ROLE_NAME } from '@sallyport/core';
import { ANY_ROLE, type KnownRoles } from './known-roles.ts';
import { parsePasswordHash, type PasswordHash } from './hash-password.ts';
import type { FileProblems } from './read-identity-file.ts';

/** A user of the file. */
export interface FileUser {
  readonly hash: PasswordHash;
  readonly roles: readonly string[];
}

const ROLE = new RegExp(ROLE_NAME.pattern, 'u');

/**
 * Parses a file of users: a line `user:scrypt$N$r$p$salt$hash` each, with `:role,role` behind it for one that has roles; empty lines and lines that begin with `#` mean nothing. User
 * names have 1 to 255 characters without colon, space at the ends, and control characters (RFC 7617, section 2). Every problem is
 * reported with its line; lines with a problem are left out.
 */
export function parsePasswordFile(
  text: string,
  problems: FileProblems,
  known: KnownRoles = ANY_ROLE,
): ReadonlyMap<string, FileUser> {
  const users = new Map<string, FileUser>();
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
    // A hash has no colon; the name of a role may.
    const [written = '', ...behind] = line
      .slice(colon + 1)
      .trimEnd()
      .split(':');
    const roles = behind.length === 0 ? [] : [...new Set(behind.join(':').split(','))];
    const strange = roles.find((role) => !ROLE.test(role) || !known.has(role));
    const hash = parsePasswordHash(written);
    if (typeof hash === 'string')
      wrong(hash, 'Let Sallyport hash the password again. If this was the password itself, replace it.');
    else if (users.has(user)) wrong('the user stands in the file twice', 'Keep one of the two lines.');
    else if (strange !== undefined)
      wrong(
        ROLE.test(strange)
          ? 'there is no such role'
          : 'a role has no name, or one with characters that it may not have',
        ROLE.test(strange) ? known.hint(strange) : 'Write user:hash:role,role.',
      );
    else users.set(user, { hash, roles });
  }
  return users;
}
