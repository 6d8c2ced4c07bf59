import { Command } from 'commander';
import { readExpiry, readName } from '../keys/key-options.ts';
import { expiryOf } from '../keys/create.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from '../keys/store-command.ts';
import { declaredRole, grantedRoles, issuerFor, readRole } from './grant-options.ts';

interface GrantOptions extends StoreOptions {
  readonly issuer?: string;
  readonly expires?: number | 'never';
  readonly reason?: string;
}

/** `sallyport roles grant`: gives a subject a role, on every node within a second. */
export function grantCommand(): Command {
  return withStoreOptions(new Command('grant'))
    .description('give a subject a role, on every node within a second; again: until another time')
    .argument('<subject>', 'who, as its issuer names it', readName)
    .argument('<role>', 'a role of the policy', readRole)
    .option(
      '--issuer <issuer>',
      'who vouches for the subject: iss of its tokens, or the security scheme of its key; needed where there are several',
      readName,
    )
    .option(
      '--expires <when>',
      'how long (30d), until when (2027-01-01T00:00:00Z), or never; default: never',
      readExpiry,
    )
    .option('--reason <text>', 'why, for whoever reviews it', readName)
    .addHelpText(
      'after',
      '\nExample:\n  sallyport roles grant ada billing-admin --expires 30d --reason "quarterly closing"',
    )
    .action((subject: string, role: string, options: GrantOptions) =>
      withStore(options, async (opened) => {
        const grant = {
          subject,
          role: declaredRole(grantedRoles(opened), role),
          issuer: issuerFor(opened, options.issuer),
          reason: options.reason ?? null,
          expiresAtMs: expiryOf(options.expires, null),
        };
        const done = await opened.store.grantRole(grant, actor());
        const expires = grant.expiresAtMs === null ? null : new Date(grant.expiresAtMs).toISOString();
        if (options.json === true) console.log(JSON.stringify({ subject, role, issuer: grant.issuer, expires, done }));
        else
          console.log(
            `${done === 'granted' ? 'Granted' : 'Renewed'} ${role} to ${subject} of ${grant.issuer}, ${expires === null ? 'for good' : `until ${expires}`}.`,
          );
      }),
    );
}
