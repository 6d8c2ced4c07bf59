import { Command } from 'commander';
import { actor, withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';
import { counted } from '../counted.ts';

/** `sallyport store`: the store as a whole. */
export function storeCommand(): Command {
  return new Command('store')
    .description('seal what is secret in the store under a new key')
    .addHelpText('after', '\nExample:\n  sallyport store reseal')
    .addCommand(resealCommand());
}

function resealCommand(): Command {
  return withStoreOptions(new Command('reseal'))
    .description(
      'seal every secret in the store under the first key that store.key names, while gateways run that have it; may be stopped and run again',
    )
    .addHelpText('after', '\nExample:\n  sallyport store reseal --config sallyport.yaml')
    .action((options: StoreOptions) =>
      withStore(options, async ({ store }) => {
        const shows = process.stderr.isTTY && options.json !== true;
        const report = await store.reseal(actor(), (rows) => {
          if (shows) process.stderr.write(`\r${counted(rows, 'row')}`);
        });
        if (shows) process.stderr.write('\r\x1b[K');
        const { key, keys, sessions, signingKeys, unreadable } = report;
        if (options.json === true) console.log(JSON.stringify(report));
        else if (keys + sessions + signingKeys === 0) console.log(`Everything is sealed under the key ${key}.`);
        else
          console.log(
            `Sealed under the key ${key}: ${counted(keys, 'API key')}, ${counted(sessions, 'session')}, ${counted(signingKeys, 'signing key')}.\nThe other keys can be taken out of store.key, on every node.`,
          );
        if (unreadable === 0) return;
        console.error(
          `sallyport: ${counted(unreadable, 'row')} opened under no key: changed by somebody else, and left alone`,
        );
        process.exitCode = 1;
      }),
    );
}
