import { Command } from 'commander';
import { revokeKey } from './keys/revoke.ts';
import { withStoreOptions, type StoreOptions } from './keys/store-command.ts';

/** `sallyport revoke`: takes away what proves who is asking. */
export function revokeCommand(): Command {
  return withStoreOptions(new Command('revoke'))
    .description('take away a credential, on every node within a second')
    .requiredOption('--key <id>', 'the id of an API key of the store')
    .addHelpText('after', '\nExample:\n  sallyport revoke --key key_3f1c09a2b7d45e68')
    .action((options: StoreOptions & { readonly key: string }) => revokeKey(options.key, options));
}
