import { Command } from 'commander';
import { auditTrailCommand } from './commands/audit-trail.ts';
import { cedarSchemaCommand } from './commands/cedar-schema.ts';
import { checkCommand } from './commands/check.ts';
import { dataKeysCommand } from './commands/data-keys.ts';
import { explainCommand } from './commands/explain.ts';
import { hashPasswordCommand } from './commands/hash-password.ts';
import { initCommand } from './commands/init.ts';
import { keysCommand } from './commands/keys.ts';
import { revocationsCommand } from './commands/revocations.ts';
import { revokeCommand } from './commands/revoke.ts';
import { rolesCommand } from './commands/roles.ts';
import { rewrapCommand } from './commands/rewrap.ts';
import { runCommand } from './commands/run.ts';
import { testPoliciesCommand } from './commands/test-policies.ts';
import { storeCommand } from './commands/store.ts';
import { signingKeysCommand } from './commands/signing-keys.ts';
import { VERSION } from './version.ts';

/** The whole command line; one file a command. */
export function createProgram(): Command {
  const program = new Command('sallyport')
    .description('A guarded door in front of an API: only what its OpenAPI document declares gets in and out.')
    .version(VERSION)
    .showHelpAfterError('(run with --help for the options and an example)')
    .addHelpText('after', '\nExample:\n  sallyport run openapi.yaml --upstream http://127.0.0.1:3000');
  for (const command of [
    initCommand(),
    runCommand(),
    checkCommand(),
    explainCommand(),
    cedarSchemaCommand(),
    testPoliciesCommand(),
    hashPasswordCommand(),
    keysCommand(),
    dataKeysCommand(),
    rewrapCommand(),
    revokeCommand(),
    revocationsCommand(),
    rolesCommand(),
    signingKeysCommand(),
    storeCommand(),
    auditTrailCommand(),
  ])
    program.addCommand(command.copyInheritedSettings(program));
  return program;
}
