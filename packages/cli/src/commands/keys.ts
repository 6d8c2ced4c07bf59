import { Command } from 'commander';
import { createCommand } from './keys/create.ts';
import { importCommand } from './keys/import.ts';
import { limitCommand } from './keys/limit.ts';
import { listCommand } from './keys/list.ts';
import { revokeKeyCommand } from './keys/revoke.ts';
import { rotateCommand } from './keys/rotate.ts';

/** `sallyport keys`: API keys and their life, in the store that the policy names. */
export function keysCommand(): Command {
  const command = new Command('keys')
    .description('make, list, limit, rotate, revoke and import the API keys of the store')
    .addHelpText('after', '\nExample:\n  sallyport keys create --owner billing --scope invoices:read --expires 90d');
  for (const part of [
    createCommand(),
    listCommand(),
    limitCommand(),
    rotateCommand(),
    revokeKeyCommand(),
    importCommand(),
  ])
    command.addCommand(part);
  return command;
}
