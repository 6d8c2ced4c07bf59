import { Command } from 'commander';
import { actor, withStore, withStoreOptions, type StoreOptions } from './store-command.ts';

/** `sallyport keys revoke`: ends a key at once, on every node within a second. */
export function revokeKeyCommand(): Command {
  return withStoreOptions(new Command('revoke'))
    .description('end a key for good, on every node within a second')
    .argument('<id>', 'the id of the key')
    .addHelpText('after', '\nExample:\n  sallyport keys revoke key_3f1c09a2b7d45e68')
    .action((id: string, options: StoreOptions) => revokeKey(id, options));
}

export function revokeKey(id: string, options: StoreOptions): Promise<void> {
  return withStore(options, async ({ store }) => {
    const revoked = await store.revokeKey(id, actor());
    if (options.json === true) console.log(JSON.stringify({ id, revoked, already: !revoked }));
    else console.log(revoked ? `Revoked ${id}.` : `${id} was revoked already.`);
  });
}
