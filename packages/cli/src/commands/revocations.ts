import { Command } from 'commander';
import { shownRevocation, type Revocation, type Store } from '@sallyport/gateway';
import { actor, withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';

const PAGE = 1000;

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
        if (options.json !== true) console.log(row(['id', 'state', 'kind', 'what', 'of', 'at', 'reason']));
        for await (const revocation of revocationsOf(store)) {
          const shown = shownRevocation(revocation, nowMs);
          if (options.all !== true && shown.state !== 'active') continue;
          if (options.json === true) all.push(shown);
          else
            console.log(
              row([
                shown.id,
                shown.state,
                shown.kind,
                shown.value ?? '(a secret)',
                shown.issuer ?? 'any issuer',
                shown.at,
                shown.reason ?? '',
              ]),
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

async function* revocationsOf(store: Store): AsyncGenerator<Revocation> {
  for (let after = ''; ; ) {
    const page = await store.listRevocations(after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

const WIDTHS = [20, 8, 12, 24, 24, 24] as const;

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('  ')
    .trimEnd();
}
