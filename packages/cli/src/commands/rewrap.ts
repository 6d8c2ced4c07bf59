import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { ConfigurationError } from '@sallyport/core';
import { createVaultPool, loadEncryption, openEncryption, rewrapRow } from '@sallyport/gateway';
import { listOption } from '../list-option.ts';
import { outputReason, writeOut } from '../output.ts';
import { type SourceOptions, withSources } from '../api-sources.ts';
import { encryptionOf } from './data-keys.ts';

interface RewrapOptions extends SourceOptions {
  readonly column: readonly string[];
  readonly record?: string;
  readonly encryptClear?: boolean;
  readonly indexColumn: readonly string[];
}

/** `sallyport rewrap`: stored rows, a JSON object a line, from standard input to standard output. */
export function rewrapCommand(): Command {
  return withSources(new Command('rewrap'))
    .description(
      'write encrypted fields of stored rows anew under the key of now, and their indexes: JSON lines from standard input to standard output',
    )
    .requiredOption(
      '--column <column[=property]>',
      'a column with encrypted values, and the property of the API that it holds where that has another name; may be given several times',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--record <column>', 'the column with the id that data.encrypt.record binds fields to')
    .addOption(
      listOption(
        '--index-column <column=property>',
        'a column with indexes, and the property of data.encrypt.indexes that it holds where that has another name',
        (value) => value,
      ),
    )
    .option('--encrypt-clear', 'encrypt values that are in clear; they are left as they are otherwise')
    .addHelpText('after', '\nExample:\n  sallyport rewrap --column ssn --record id < rows.jsonl > rewrapped.jsonl')
    .action(async (openapi: string | undefined, options: RewrapOptions) => {
      const { policy, encrypt } = await encryptionOf(openapi, options);
      if (encrypt.record.length > 0 !== (options.record !== undefined))
        throw new Error(
          encrypt.record.length > 0
            ? 'fields are bound to their record: name the column with its id, --record id'
            : 'fields are not bound to a record: leave --record out, or set data.encrypt.record',
        );
      const indexColumns = new Map([...columnsOf(options.indexColumn)].map(([column, property]) => [property, column]));
      const rules = {
        columns: columnsOf(options.column),
        record: options.record ?? null,
        encryptsClear: options.encryptClear === true,
        indexes: new Map(
          [...encrypt.indexes].map(([field, index]) => [
            field,
            { column: indexColumns.get(index.property) ?? index.property, index },
          ]),
        ),
      };
      const loaded = loadEncryption(policy);
      if (loaded.problems.length > 0) throw new ConfigurationError(loaded.problems);
      const keys = loaded.create(createVaultPool(), null, (_level, message, detail) =>
        console.error(`sallyport: ${message}${detail === '' ? '' : `: ${detail}`}`),
      );
      if (keys === null) throw new Error('the policy has no data.encrypt');
      try {
        await openEncryption(policy, keys, false);
        keys.start();
        let line = 0;
        for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
          line++;
          if (text.trim() === '') continue;
          let row: string;
          try {
            row = rewrapRow(text, rules, keys, Date.now());
          } catch (error) {
            throw new Error(`line ${line}: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            });
          }
          try {
            await writeOut(`${row}\n`);
          } catch (error) {
            throw new Error(`line ${line}: its row was not written: ${outputReason(error)}`, { cause: error });
          }
        }
      } finally {
        keys.close();
      }
    });
}

/** `COLUMN=PROPERTY`, or `COLUMN` where both have one name. */
function columnsOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((one) => {
      const equals = one.indexOf('=');
      return equals < 0 ? [one, one] : [one.slice(0, equals), one.slice(equals + 1)];
    }),
  );
}
