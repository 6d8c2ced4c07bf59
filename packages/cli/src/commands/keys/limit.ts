import { Argument, Command } from 'commander';
import { limitsOf, readLimit } from './key-options.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from './store-command.ts';

/** `sallyport keys limit`: gives a key limits of its own, or takes them away. */
export function limitCommand(): Command {
  return withStoreOptions(new Command('limit'))
    .description('give a key limits of its own in the place of those it has, on every node within a second')
    .argument('<id>', 'the id of the key')
    .addArgument(
      new Argument(
        '[limits...]',
        'such as 100/m, "5000/d fixed-window", "50/s token-bucket" or "50/s burst 100"; at most four, each of another window',
      ).argParser((text: string, all: readonly string[] | undefined) => [...(all ?? []), readLimit(text)]),
    )
    .option('--none', 'take its limits away; those of the policy stay')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport keys limit key_3f1c09a2b7d45e68 100/m 5000/d\n\nKeys that it took over from or that took over from it are counted with it, and get the same limits.',
    )
    .action((id: string, texts: readonly string[], options: StoreOptions & { readonly none?: boolean }) => {
      if ((options.none === true) === texts.length > 0)
        throw new Error('write the limits that the key is to have, or --none');
      return limitKey(id, limitsOf(texts), options);
    });
}

function limitKey(id: string, limits: readonly string[], options: StoreOptions): Promise<void> {
  return withStore(options, async ({ store }) => {
    const keys = await store.limitKey(id, limits, actor());
    if (options.json === true) {
      console.log(JSON.stringify({ id, limits, keys }, null, 2));
      return;
    }
    const others = keys.filter((key) => key !== id);
    const shared = others.length === 0 ? '' : `, and so ${others.length === 1 ? 'has' : 'have'} ${others.join(', ')}`;
    console.log(`${id} has ${limits.length === 0 ? 'no limits of its own' : limits.join(', ')}${shared}.`);
  });
}
