import { Command } from 'commander';
import { actor, withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';

/** `sallyport signing-keys`: what tokens of our own are signed with. */
export function signingKeysCommand(): Command {
  return new Command('signing-keys')
    .description('list the keys that tokens of our own are signed with, or end all of them after a leak')
    .addHelpText('after', '\nExample:\n  sallyport signing-keys list')
    .addCommand(listCommand())
    .addCommand(endCommand());
}

function listCommand(): Command {
  return withStoreOptions(new Command('list'))
    .description('list signing keys and their times; they are made and rotated by the gateways')
    .addHelpText('after', '\nExample:\n  sallyport signing-keys list --json')
    .action((options: StoreOptions) =>
      withStore(options, async ({ store }) => {
        const shown = (await store.signingKeys(Date.now())).map((key) => ({
          id: key.id,
          algorithm: key.algorithm,
          signsFrom: new Date(key.signsFromMs).toISOString(),
          signsUntil: new Date(key.signsUntilMs).toISOString(),
          verifiedUntil: new Date(key.verifiedUntilMs).toISOString(),
        }));
        if (options.json === true) console.log(JSON.stringify(shown, null, 2));
        else
          for (const { id, algorithm, signsFrom, signsUntil } of shown)
            console.log(`${id}  ${algorithm}  signs ${signsFrom} to ${signsUntil}`);
      }),
    );
}

function endCommand(): Command {
  return withStoreOptions(new Command('end'))
    .description('end every signing key at once: no token of them is good any more; gateways make the next one')
    .addHelpText('after', '\nExample:\n  sallyport signing-keys end')
    .action((options: StoreOptions) =>
      withStore(options, async ({ store }) => {
        const ended = await store.endSigningKeys(actor());
        if (options.json === true) console.log(JSON.stringify({ ended }));
        else console.log(`Ended ${ended} signing ${ended === 1 ? 'key' : 'keys'}.`);
      }),
    );
}
