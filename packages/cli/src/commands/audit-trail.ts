import { Command, InvalidArgumentError } from 'commander';
import { styleText } from 'node:util';
import type { AuditEntry, AuditHead } from '@sallyport/gateway';
import { withStore, withStoreOptions, type StoreOptions } from './keys/store-command.ts';

const PAGE = 1000;

/** `sallyport audit-trail`: who did what to the store, and whether the record of it is whole. */
export function auditTrailCommand(): Command {
  return new Command('audit-trail')
    .description('list what was done to the store, and verify that nothing of the record was changed or removed')
    .addHelpText('after', '\nExample:\n  sallyport audit-trail verify')
    .addCommand(listCommand())
    .addCommand(verifyCommand());
}

function listCommand(): Command {
  return withStoreOptions(new Command('list'))
    .description('list the rows of the audit trail, oldest first')
    .option('--after <number>', 'only rows after this one', readSequence, 0)
    .addHelpText('after', '\nExample:\n  sallyport audit-trail list --after 120 --json')
    .action((options: StoreOptions & { readonly after: number }) =>
      withStore(options, async ({ store }) => {
        const shown: unknown[] = [];
        for (let after = options.after; ; ) {
          const page = await store.auditTrail(after, PAGE);
          for (const entry of page) {
            if (options.json === true) shown.push(toJson(entry));
            else
              console.log(
                `${entry.sequence}  ${new Date(entry.atMs).toISOString()}  ${entry.actor}  ${entry.act}  ${entry.target}  ${entry.details}`,
              );
            after = entry.sequence;
          }
          if (page.length < PAGE) break;
        }
        if (options.json === true) console.log(JSON.stringify(shown, null, 2));
      }),
    );
}

function verifyCommand(): Command {
  return withStoreOptions(new Command('verify'))
    .description('tell every row that was changed, removed or put elsewhere')
    .option(
      '--head <sequence:hash>',
      'what an earlier verification ended with, kept elsewhere: shows a trail that was put back whole',
      readHead,
    )
    .addHelpText(
      'after',
      '\nExample:\n  sallyport audit-trail verify\n\nExit code 0: whole; 1: not as it was written; 2: cannot run.',
    )
    .action((options: StoreOptions & { readonly head?: AuditHead }) =>
      withStore(options, async ({ store }) => {
        const { entries, head, faults } = await store.verifyAuditTrail(options.head);
        if (options.json === true)
          console.log(JSON.stringify({ whole: faults.length === 0, entries, head, faults }, null, 2));
        else {
          for (const { sequence, fault } of faults) console.log(styleText('red', `row ${sequence}: ${fault}`));
          console.log(
            `${entries} rows, ${faults.length === 0 ? 'whole' : `${faults.length} faults`}; the head is ${head.sequence}:${head.hash}`,
          );
        }
        if (faults.length > 0) process.exitCode = 1;
      }),
    );
}

function toJson({ atMs, details, ...rest }: AuditEntry): Readonly<Record<string, unknown>> {
  let read: unknown = details;
  try {
    read = JSON.parse(details);
  } catch {
    // A row that somebody changed is shown as it is.
  }
  return { ...rest, at: new Date(atMs).toISOString(), details: read };
}

function readSequence(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected the number of a row.');
}

function readHead(text: string): AuditHead {
  // A trail without rows ends with nothing.
  const parts = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? /^(0):()$/.exec(text);
  if (parts === null) throw new InvalidArgumentError('Write it as verify prints it: SEQUENCE:HASH.');
  return { sequence: Number(parts[1]), hash: parts[2] ?? '' };
}
