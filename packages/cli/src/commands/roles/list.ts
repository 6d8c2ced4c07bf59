import { Command } from 'commander';
import type { Store, StoredGrant } from '@sallyport/gateway';
import { allRows } from '../../all-rows.ts';
import { tableRow } from '../../table.ts';
import { withStore, withStoreOptions, type StoreOptions } from '../keys/store-command.ts';
import { shownGrant, stateOfGrant } from './grant-options.ts';

interface ListOptions extends StoreOptions {
  readonly subject?: string;
  readonly role?: string;
  readonly all?: boolean;
}

/** `sallyport roles list`: the roles that are granted in the store. */
export function listGrantsCommand(): Command {
  return withStoreOptions(new Command('list'))
    .description('list the roles that are granted in the store')
    .option('--subject <name>', 'only those of this subject')
    .option('--role <role>', 'only this role')
    .option('--all', 'also those that were taken back or have expired')
    .addHelpText('after', '\nExample:\n  sallyport roles list --role billing-admin')
    .action((options: ListOptions) =>
      withStore(options, async ({ store }) => {
        const nowMs = Date.now();
        const asked = (await allGrants(store)).filter(
          (grant) =>
            (options.subject === undefined || grant.subject === options.subject) &&
            (options.role === undefined || grant.role === options.role) &&
            (options.all === true || stateOfGrant(grant, nowMs) === 'active'),
        );
        if (options.json === true)
          console.log(
            JSON.stringify(
              asked.map((grant) => shownGrant(grant, nowMs)),
              null,
              2,
            ),
          );
        else for (const line of [HEAD, ...asked.map((grant) => renderRow(grant, nowMs))]) console.log(line);
      }),
    );
}

/** Every grant of the store, by subject and role. */
export async function allGrants(store: Pick<Store, 'listGrants'>): Promise<readonly StoredGrant[]> {
  const all: StoredGrant[] = [];
  for await (const grant of allRows((after, limit) => store.listGrants(after, limit))) all.push(grant);
  const name = ({ subject, role, issuer }: StoredGrant): string => `${subject}\n${role}\n${issuer}`;
  return all.sort((one, other) => (name(one) < name(other) ? -1 : 1));
}

const WIDTHS = [24, 20, 8, 10, 10, 28] as const;
const HEAD = tableRow(['subject', 'role', 'state', 'expires', 'last seen', 'issuer', 'reason'], WIDTHS);

function renderRow(grant: StoredGrant, nowMs: number): string {
  const day = (atMs: number | null): string => (atMs === null ? 'never' : new Date(atMs).toISOString().slice(0, 10));
  return tableRow(
    [
      grant.subject,
      grant.role,
      stateOfGrant(grant, nowMs),
      day(grant.expiresAtMs),
      day(grant.lastSeenAtMs),
      grant.issuer,
      grant.reason ?? '',
    ],
    WIDTHS,
  );
}
