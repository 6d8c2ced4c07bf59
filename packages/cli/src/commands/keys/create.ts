import { Command } from 'commander';
import { ADMIN_SCHEME, ADMIN_SCOPES, knownRolesOf, newStoredKey, type MadeKey, type NewKey } from '@sallyport/gateway';
import { listOption } from '../../list-option.ts';
import { outputReason, writeOut } from '../../output.ts';
import {
  limitsOf,
  readAddress,
  readAttribute,
  readExpiry,
  readId,
  readLimit,
  readName,
  readScope,
} from './key-options.ts';
import { listOf, warnOfScopes } from './unknown-scopes.ts';
import { actor, schemeFor, withStore, withStoreOptions, type OpenedStore, type StoreOptions } from './store-command.ts';

interface CreateOptions extends StoreOptions {
  readonly owner: string;
  readonly contact?: string;
  readonly id?: string;
  readonly subject?: string;
  readonly scheme?: string;
  readonly env?: string;
  readonly admin?: boolean;
  readonly scope: readonly string[];
  readonly role: readonly string[];
  readonly address: readonly string[];
  readonly attribute: readonly (readonly [string, string])[];
  readonly limit: readonly string[];
  readonly expires?: number | 'never';
}

/** `sallyport keys create`: makes a key, stores its hash, and shows it once. */
export function createCommand(): Command {
  return withStoreOptions(new Command('create'))
    .description('make a key and show it, once; the store keeps no more than its hash')
    .requiredOption('--owner <name>', 'who answers for it', readName)
    .option('--contact <text>', 'how to reach the owner; sealed in the store', readName)
    .option('--id <id>', 'its name in logs; default: a random one', readId)
    .option('--subject <name>', 'who it stands for; default: the owner', readName)
    .option('--scheme <name>', 'its security scheme; needed where several have their keys in the store')
    .option('--admin', 'a key for the admin API, with scopes of that')
    .option('--env <word>', 'the word after sp_, such as live or test; default: live, or admin')
    .addOption(listOption('--scope <scope>', 'a scope that it has', readScope))
    .addOption(listOption('--role <role>', 'a role that it has', readScope))
    .addOption(listOption('--address <range>', 'an address or range it may be used from', readAddress, 'anywhere'))
    .addOption(
      listOption('--attribute <name=value>', 'what else its principal carries; sealed in the store', readAttribute),
    )
    .addOption(
      listOption(
        '--limit <limit>',
        'a limit of its own, such as 100/m or "50/s burst 100"',
        readLimit,
        'none but those of the policy',
      ),
    )
    .option(
      '--expires <when>',
      'how long it lives (90d), until when (2027-01-01T00:00:00Z), or never; default: 365d',
      readExpiry,
    )
    .addHelpText(
      'after',
      '\nExample:\n  sallyport keys create --owner billing --scope invoices:read --expires 90d\n\nThe key alone goes to standard output. It cannot be shown again.',
    )
    .action((options: CreateOptions) =>
      withStore(options, async (opened) => {
        refuseUnknownRoles(opened, options.role);
        const by = actor();
        const { key, made } = newStoredKey(
          {
            ...(options.id === undefined ? {} : { id: options.id }),
            ...(options.subject === undefined ? {} : { subject: options.subject }),
            ...(options.contact === undefined ? {} : { contact: options.contact }),
            ...(options.expires === undefined ? {} : { expiresAtMs: toExpiry(options.expires) }),
            scheme: options.admin === true ? adminScheme(options) : schemeFor(opened, options.scheme),
            owner: options.owner,
            scopes: options.scope,
            roles: options.role,
            addresses: options.address,
            attributes: Object.fromEntries(options.attribute),
            limits: limitsOf(options.limit),
            environment: options.env ?? (options.admin === true ? 'admin' : 'live'),
          },
          by.atMs,
        );
        await opened.store.createKey(key, by);
        if (options.admin !== true) {
          warnOfScopes(opened.document, opened.policy, key.scopes);
          warnOfNoRole(opened, key.roles);
        }
        await showOnce(made, key, options.json === true, `Key ${key.id} for ${key.owner},`);
      }),
    );
}

/** Where the policy declares roles, a key with another one would be good for less than its maker thinks. */
function refuseUnknownRoles({ policy, document }: OpenedStore, roles: readonly string[]): void {
  const known = knownRolesOf(policy, document);
  for (const role of roles)
    if (!known.has(role)) throw new Error(`the policy declares no role ${JSON.stringify(role)}: ${known.hint(role)}`);
}

/** Where the policy declares roles, whatever asks for a credential asks for a role too. Silent where the store may grant one. */
function warnOfNoRole({ policy }: OpenedStore, held: readonly string[]): void {
  const { roles, modes } = policy;
  if (!roles || modes.roles === 'off' || roles.grants === 'store' || held.length > 0) return;
  console.error(
    `sallyport: warning: the key has no role, and the policy declares roles: it is refused wherever one is asked for. Give one with --role: ${listOf([...roles.roles.keys()])}`,
  );
}

/** When a key ends: as the option says, otherwise as `otherwise` says. */
export function expiryOf(option: number | 'never' | undefined, otherwise: number | null): number | null {
  return option === undefined ? otherwise : toExpiry(option);
}

export function toExpiry(option: number | 'never'): number | null {
  return option === 'never' ? null : option;
}

/** Keys for the admin API have its scopes and no others, and at least one: a key that may do nothing would be a mistake. */
function adminScheme({ scope, scheme }: CreateOptions): string {
  const known = Object.keys(ADMIN_SCOPES);
  if (scheme !== undefined) throw new Error('an admin key belongs to no security scheme: leave out --scheme');
  if (scope.length === 0 || !scope.every((one) => known.includes(one)))
    throw new Error(`an admin key needs scopes; these are: ${known.join(', ')}`);
  return ADMIN_SCHEME;
}

/**
 * Shows a new key: it alone on standard output, so that it can be piped to where it belongs; what is worth knowing beside it on standard error.
 * Rejects where nobody takes it: the key is in the store then, and nobody has it.
 */
export async function showOnce(made: MadeKey, key: NewKey, json: boolean, title: string): Promise<void> {
  const expires = key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString();
  const { id, scheme, owner, subject, replaces } = key;
  if (!json)
    console.error(`${title} ${expires === null ? 'never expires' : `expires ${expires}`}. It is shown this once:`);
  const shown = json
    ? JSON.stringify({ id, key: made.text, scheme, owner, subject, expires, replaces }, null, 2)
    : made.text;
  try {
    await writeOut(`${shown}\n`);
  } catch (error) {
    throw new Error(
      `${outputReason(error)}, so nobody has the new key ${id}, and it cannot be shown again. Revoke it: sallyport keys revoke ${id}`,
      { cause: error },
    );
  }
}
