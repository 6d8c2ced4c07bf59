import { resolve } from 'node:path';
import { Command } from 'commander';
import { ConfigurationError, renderKeyLimit, type ConfigurationProblem } from '@sallyport/core';
import { knownRolesOf, parseApiKeyFile, problemsOf, readIdentityFile, type NewKey } from '@sallyport/gateway';
import { readName } from './key-options.ts';
import { warnOfScopes } from './unknown-scopes.ts';
import { actor, schemeFor, withStore, withStoreOptions, type StoreOptions } from './store-command.ts';

interface ImportOptions extends StoreOptions {
  readonly scheme?: string;
  readonly owner?: string;
}

/** `sallyport keys import`: takes over keys whose SHA-256 is known, all or none. */
export function importCommand(): Command {
  return withStoreOptions(new Command('import'))
    .description('take over keys by their SHA-256 from a file of keys, all or none')
    .argument('<file>', 'a file of keys, as `keys: keys.yaml` in the policy would name it')
    .option('--scheme <name>', 'their security scheme; needed where several have their keys in the store')
    .option('--owner <name>', 'who answers for them; default: the subject of each', readName)
    .addHelpText(
      'after',
      '\nExample:\n  sallyport keys import keys.yaml --owner platform-team\n\nWhoever has one of these keys goes on using it.',
    )
    .action((file: string, options: ImportOptions) =>
      withStore(options, async (opened) => {
        const problems: ConfigurationProblem[] = [];
        const path = resolve(file);
        const found = problemsOf(path, problems);
        const text = readIdentityFile(path, found, 'typed');
        const entries = text === null ? [] : parseApiKeyFile(text, found, knownRolesOf(opened.policy, opened.document));
        if (problems.length > 0) throw new ConfigurationError(problems);
        const by = actor();
        const scheme = schemeFor(opened, options.scheme);
        const keys = entries.map(
          (entry): NewKey => ({
            id: entry.id,
            sha256: entry.sha256,
            scheme,
            hint: null,
            owner: options.owner ?? entry.subject,
            contact: null,
            subject: entry.subject,
            scopes: entry.scopes,
            roles: entry.roles,
            addresses: [],
            attributes: entry.attributes,
            limits: (entry.limits ?? []).map(renderKeyLimit),
            createdAtMs: by.atMs,
            expiresAtMs: entry.expiresAtMs,
            replaces: null,
          }),
        );
        if (keys.length > 0) await opened.store.importKeys(keys, by);
        warnOfScopes(
          opened.document,
          opened.policy,
          keys.flatMap(({ scopes }) => scopes),
        );
        if (options.json === true) console.log(JSON.stringify({ imported: keys.length }));
        else console.log(`Imported ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}.`);
      }),
    );
}
