import { Command } from 'commander';
import { grantCommand } from './roles/grant.ts';
import { listGrantsCommand } from './roles/list.ts';
import { reviewCommand } from './roles/review.ts';
import { revokeRoleCommand } from './roles/revoke.ts';

/** `sallyport roles`: roles granted in the store, beside those that credentials bring. */
export function rolesCommand(): Command {
  const command = new Command('roles')
    .description('grant roles to subjects, take them back, list who has which, and report what nobody needs')
    .addHelpText('after', '\nExample:\n  sallyport roles grant ada billing-admin --expires 30d');
  for (const part of [grantCommand(), revokeRoleCommand(), listGrantsCommand(), reviewCommand()])
    command.addCommand(part);
  return command;
}
