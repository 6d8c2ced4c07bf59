import { Command } from 'commander';
import { readName } from '../keys/key-options.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from '../keys/store-command.ts';
import { issuerFor, readRole } from './grant-options.ts';

/** `sallyport roles revoke`: takes a granted role back, on every node within a second. */
export function revokeRoleCommand(): Command {
  return withStoreOptions(new Command('revoke'))
    .description('take a granted role back, on every node within a second')
    .argument('<subject>', 'who, as its issuer names it', readName)
    .argument('<role>', 'the role; it need not be one of the policy any more', readRole)
    .option('--issuer <issuer>', 'who vouches for the subject; needed where there are several')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport roles revoke ada billing-admin\n\nA role that a token, key or certificate brings itself stays: take it away where it is given.',
    )
    .action((subject: string, role: string, options: StoreOptions & { readonly issuer?: string }) =>
      withStore(options, async (opened) => {
        // An issuer that left the policy can still be named: its grants are to be cleared away.
        const issuer = options.issuer ?? issuerFor(opened, undefined);
        const revoked = await opened.store.revokeRole({ subject, role, issuer }, actor());
        if (options.json === true) console.log(JSON.stringify({ subject, role, issuer, revoked, already: !revoked }));
        else
          console.log(
            revoked
              ? `Took ${role} back from ${subject} of ${issuer}.`
              : `${role} was taken back from ${subject} already.`,
          );
      }),
    );
}
