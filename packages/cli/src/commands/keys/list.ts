import { Command } from 'commander';
import { EXPIRING_MS, keyStateOf as stateOf, UNUSED_MS, shownKey, type StoredKey } from '@sallyport/gateway';
import { allRows } from '../../all-rows.ts';
import { tableRow } from '../../table.ts';
import { readDuration } from './key-options.ts';
import { withStore, withStoreOptions, type StoreOptions } from './store-command.ts';

interface ListOptions extends StoreOptions {
  readonly owner?: string;
  readonly all?: boolean;
  readonly expiring?: number;
  readonly unused?: number;
}

/** `sallyport keys list`: the keys and their life; with --expiring or --unused, those that somebody should look after. */
export function listCommand(): Command {
  return withStoreOptions(new Command('list'))
    .description('list keys, or report those that are about to expire or were not used for long')
    .option('--owner <name>', 'only keys of this owner')
    .option('--all', 'also keys that are revoked or expired')
    .option('--expiring <duration>', 'only keys that expire within this time, such as 30d', readDuration)
    .option(
      '--unused <duration>',
      'only keys that are older than this and were not used for as long, such as 90d',
      readDuration,
    )
    .addHelpText(
      'after',
      '\nExample:\n  sallyport keys list --expiring 30d --unused 90d\n\nWith both, keys to which either applies. Exit code 0: well; 1: --expiring or --unused found keys; 2: cannot run.',
    )
    .action((options: ListOptions) =>
      withStore(options, async ({ store }) => {
        const nowMs = Date.now();
        const reporting = options.expiring !== undefined || options.unused !== undefined;
        let found = 0;
        const shown: unknown[] = [];
        if (options.json !== true) console.log(HEAD);
        for await (const key of allRows((after, limit) => store.listKeys(after, limit))) {
          if (!isAsked(key, options, nowMs)) continue;
          found++;
          if (options.json === true) shown.push(shownKey(key, nowMs));
          else console.log(renderRow(key, nowMs));
        }
        if (options.json === true) console.log(JSON.stringify(shown, null, 2));
        if (reporting && found > 0) process.exitCode = 1;
      }),
    );
}

function isAsked(key: StoredKey, { owner, all, expiring, unused }: ListOptions, nowMs: number): boolean {
  if (owner !== undefined && key.owner !== owner) return false;
  if (all !== true && stateOf(key, nowMs) !== 'active') return false;
  if (expiring === undefined && unused === undefined) return true;
  const expires = expiring !== undefined && key.expiresAtMs !== null && key.expiresAtMs <= nowMs + expiring;
  // A key that was made a minute ago and is not in use yet is no finding.
  const forgotten = unused !== undefined && (key.lastUsedAtMs ?? key.createdAtMs) <= nowMs - unused;
  return expires || forgotten;
}

const WIDTHS = [20, 8, 20, 22, 10, 10, 12] as const;
const HEAD = tableRow(['id', 'state', 'owner', 'key', 'expires', 'last used', 'limits', 'scopes'], WIDTHS);

/** The state, and of an active key what somebody should know of it. */
function careOf(key: StoredKey, nowMs: number): string {
  const state = stateOf(key, nowMs);
  if (state !== 'active') return state;
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs + EXPIRING_MS) return 'expiring';
  return (key.lastUsedAtMs ?? key.createdAtMs) <= nowMs - UNUSED_MS ? 'unused' : state;
}

function renderRow(key: StoredKey, nowMs: number): string {
  const day = (atMs: number | null, otherwise: string): string =>
    atMs === null ? otherwise : new Date(atMs).toISOString().slice(0, 10);
  return tableRow(
    [
      key.id,
      careOf(key, nowMs),
      key.owner,
      key.hint ?? '(imported)',
      day(key.expiresAtMs, 'never'),
      day(key.lastUsedAtMs, 'never'),
      key.limits.join(', ') || '-',
      key.scopes.join(' '),
    ],
    WIDTHS,
  );
}
