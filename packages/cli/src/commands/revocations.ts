import { Command } from 'commander';
import { shownRevocation } from '@sallyport/gateway';
import { allRows } from '../all-rows.ts';
import { tableRow } from '../table.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';

const WIDTHS = [20, 8, 12, 24, 24, 24] as const;

/** `sallyport revocations`: what is revoked, and how to take it back. */
export function revocationsCommand(): Command {
  return new Command('revocations')
    .description('list what is revoked, and lift what was revoked by mistake')
    .addHelpText('after', '\nExample:\n  sallyport revocations list --json')
    .addCommand(listCommand())
    .addCommand(liftCommand());
}

function listCommand(): Command {
  return withStoreOptions(new Command('list'))
    .description('list revocations of tokens, subjects and certificates; keys: sallyport keys list --all')
    .option('--all', 'also those that were lifted or have expired; they are kept for a day')
    .addHelpText('after', '\nExample:\n  sallyport revocations list')
    .action((options: StoreOptions & { readonly all?: boolean }) =>
      withStore(options, async ({ store }) => {
        const nowMs = Date.now();
        const all: unknown[] = [];
        if (options.json !== true) console.log(tableRow(['id', 'state', 'kind', 'what', 'of', 'at', 'reason'], WIDTHS));
        for await (const revocation of allRows((after, limit) => store.listRevocations(after, limit))) {
          const shown = shownRevocation(revocation, nowMs);
          if (options.all !== true && shown.state !== 'active') continue;
          if (options.json === true) all.push(shown);
          else
            console.log(
              tableRow(
                [
                  shown.id,
                  shown.state,
                  shown.kind,
                  shown.value ?? '(a secret)',
                  shown.issuer ?? 'any issuer',
                  shown.at,
                  shown.reason ?? '',
                ],
                WIDTHS,
              ),
            );
        }
        if (options.json === true) console.log(JSON.stringify(all, null, 2));
      }),
    );
}

function liftCommand(): Command {
  return withStoreOptions(new Command('lift'))
    .description('take a revocation back, on every node within a second')
    .argument('<id>', 'the id of the revocation')
    .addHelpText('after', '\nExample:\n  sallyport revocations lift rev_3f1c09a2b7d45e68')
    .action((id: string, options: StoreOptions) =>
      withStore(options, async ({ store }) => {
        const lifted = await store.liftRevocation(id, actor());
        if (options.json === true) console.log(JSON.stringify({ id, lifted, already: !lifted }));
        else console.log(lifted ? `Lifted ${id}.` : `${id} was lifted already.`);
      }),
    );
}
