import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { hashPassword } from '@sallyport/gateway';

const STANDARD_INPUT = 0;

/** `sallyport hash-password`: makes one line of a users file. The password comes from standard input, never from the command line. */
export function hashPasswordCommand(): Command {
  return new Command('hash-password')
    .description('make a line of a users file for HTTP basic authentication; reads the password from standard input')
    .argument('<user>', 'the user name')
    .addHelpText(
      'after',
      '\nExample:\n  read -rs PASSWORD && printf %s "$PASSWORD" | sallyport hash-password alice >> users.txt',
    )
    .action(async (user: string) => {
      if (user.includes(':') || user === '')
        throw new Error('a user name is not empty and holds no colon (RFC 7617, section 2)');
      const password = readFileSync(STANDARD_INPUT, 'utf8').replace(/\r?\n$/, '');
      if (password === '') throw new Error('no password came on standard input');
      console.log(`${user}:${await hashPassword(password)}`);
    });
}
