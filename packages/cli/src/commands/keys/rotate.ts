import { Command, Option } from 'commander';
import { keyStateOf as stateOf, successorOf } from '@sallyport/gateway';
import { showOnce, toExpiry } from './create.ts';
import { readDuration, readExpiry, readId } from './key-options.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from './store-command.ts';

interface RotateOptions extends StoreOptions {
  readonly overlap: number;
  readonly expires?: number | 'never';
  readonly id?: string;
}

const WEEK_MS = 7 * 86_400_000;

/** `sallyport keys rotate`: makes the successor of a key; both work until the overlap ends. */
export function rotateCommand(): Command {
  return withStoreOptions(new Command('rotate'))
    .description('make the successor of a key, with all that it may do; both work until the overlap ends')
    .argument('<id>', 'the id of the key')
    .addOption(
      new Option('--overlap <duration>', 'how long the old key goes on working')
        .argParser(readDuration)
        .default(WEEK_MS, '7d'),
    )
    .option('--id <id>', 'the name of the new key in logs; default: a random one', readId)
    .option(
      '--expires <when>',
      'when the new key ends: 90d, a date, or never; default: it lives as long as the old one was to',
      readExpiry,
    )
    .addHelpText(
      'after',
      '\nExample:\n  sallyport keys rotate key_3f1c09a2b7d45e68 --overlap 24h\n\nThe new key alone goes to standard output. It cannot be shown again.',
    )
    .action((id: string, options: RotateOptions) =>
      withStore(options, async ({ store }) => {
        const by = actor();
        const old = await store.getKey(id);
        if (old === null) throw new Error(`there is no key ${id}`);
        if (stateOf(old, by.atMs) !== 'active')
          throw new Error(`the key ${id} is ${stateOf(old, by.atMs)}: create a new one`);
        const { key: next, made } = successorOf(
          old,
          {
            ...(options.id === undefined ? {} : { id: options.id }),
            ...(options.expires === undefined ? {} : { expiresAtMs: toExpiry(options.expires) }),
          },
          by.atMs,
        );
        const endsAtMs = by.atMs + options.overlap;
        await store.rotateKey(id, next, endsAtMs, by);
        const ends = new Date(Math.min(endsAtMs, old.expiresAtMs ?? Infinity)).toISOString();
        await showOnce(
          made,
          next,
          options.json === true,
          `Key ${next.id} for ${next.owner} takes over from ${id}, which works until ${ends}. The new one`,
        );
      }),
    );
}
