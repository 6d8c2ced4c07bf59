import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { fileReason, makeRevocation, readAuthorities, type RevocationRequest } from '@sallyport/gateway';
import { readExpiry, readName } from './keys/key-options.ts';
import { revokeKey } from './keys/revoke.ts';
import { actor, withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';

interface RevokeOptions extends StoreOptions {
  readonly key?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly jti?: string;
  readonly session?: string;
  readonly subject?: string;
  readonly certificate?: string;
  readonly certificateFile?: string;
  readonly issuer?: string;
  readonly reason?: string;
  readonly expires?: number | 'never';
}

/** What is revoked, each by an option of its own; one of them is given. */
const TARGETS = ['key', 'token', 'tokenFile', 'jti', 'session', 'subject', 'certificate', 'certificateFile'] as const;

/** `sallyport revoke`: takes away what proves who is asking. */
export function revokeCommand(): Command {
  return withStoreOptions(new Command('revoke'))
    .description('take away a credential, on every node within a second')
    .option('--key <id>', 'an API key of the store, by its id')
    .option('--token <token>', 'one token; better: --token-file or SALLYPORT_TOKEN')
    .option('--token-file <file>', 'a file that holds the token; - for standard input')
    .option('--jti <id>', 'the token with this jti claim', readName)
    .option(
      '--subject <name>',
      'every token, key, certificate and session that the subject was issued up to now, and its password',
      readName,
    )
    .option('--session <id>', 'the session of a browser that logged in, by its id, key_id in the log', readName)
    .option('--certificate <serial>', "a client's certificate, by its serial number in hexadecimal")
    .option('--certificate-file <file>', 'the same, read from the certificate')
    .option(
      '--issuer <name>',
      'with --jti and --subject: only of this issuer or security scheme; with --certificate: the authority, where there are several',
      readName,
    )
    .option('--reason <text>', 'why, for those who ask later', readName)
    .option('--expires <when>', 'when it may be forgotten: 90d, a date, or never; a JWT says it itself', readExpiry)
    .addHelpText(
      'after',
      '\nExample:\n  sallyport revoke --subject alice --reason "laptop stolen"\n\nsallyport revocations lists what is revoked, and lifts what was revoked by mistake.',
    )
    .action((options: RevokeOptions) => {
      const given = TARGETS.filter((target) => options[target] !== undefined);
      const environment = given.length === 0 ? process.env['SALLYPORT_TOKEN'] : undefined;
      if (given.length !== 1 && environment === undefined)
        throw new Error(
          'name one thing to revoke: --key, --token, --token-file, --jti, --session, --subject, --certificate or --certificate-file',
        );
      if (options.session !== undefined) return revokeSession(options.session, options);
      return options.key === undefined
        ? revoke(requestOf({ ...options, ...(environment === undefined ? {} : { token: environment }) }), options)
        : revokeKey(options.key, options);
    });
}

function revoke(request: RevocationRequest, options: RevokeOptions): Promise<void> {
  return withStore(options, async ({ store, policy }) => {
    const by = actor();
    const revocation = makeRevocation(request, {
      policy,
      authorities: request.kind === 'certificate' ? readAuthorities(policy) : null,
      nowMs: by.atMs,
      expiresAtMs: typeof options.expires === 'number' ? options.expires : null,
      reason: options.reason ?? null,
    });
    const id = await store.revoke(revocation, by);
    // The revocation refuses them already; ended, they hold no token of their user's any more.
    if (request.kind === 'subject' && request.issuer === null)
      await store.revokeSessions({ subject: request.value }, by);
    const { kind, value, issuer, expiresAtMs } = revocation;
    const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
    if (options.json === true) console.log(JSON.stringify({ id, kind, value, issuer, expires }, null, 2));
    else
      console.log(
        `Revoked ${kind}${value === null ? '' : ` ${value}`}${issuer === null ? '' : ` of ${issuer}`} (${id})${expires === null ? '' : `; forgotten after ${expires}`}.`,
      );
  });
}

function revokeSession(id: string, options: RevokeOptions): Promise<void> {
  return withStore(options, async ({ store }) => {
    const ended = await store.revokeSessions({ id }, actor());
    if (ended === 0) throw new Error(`there is no session ${id} that has not ended already`);
    console.log(options.json === true ? JSON.stringify({ session: id }, null, 2) : `Revoked session ${id}.`);
  });
}

function requestOf(options: RevokeOptions): RevocationRequest {
  const { token, tokenFile, jti, subject, certificate, certificateFile } = options;
  const issuer = options.issuer ?? null;
  if (jti !== undefined) return { kind: 'jti', value: jti, issuer };
  if (subject !== undefined) return { kind: 'subject', value: subject, issuer };
  if (certificate !== undefined) return { kind: 'certificate', serial: certificate, issuer };
  if (certificateFile !== undefined)
    return { kind: 'certificate', pem: readInput('--certificate-file', certificateFile) };
  return { kind: 'token', token: token ?? readInput('--token-file', tokenFile ?? '-').trim() };
}

function readInput(option: string, file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new Error(`${option}: ${file} cannot be read: ${fileReason(cause)}`, { cause });
  }
}
