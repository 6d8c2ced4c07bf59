import { existsSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { type EncryptPolicy, parseDuration } from '@sallyport/core';
import {
  idOf,
  makeDataKey,
  makeKeyName,
  masterKeyOf,
  readKeyFile,
  readSources,
  unwrapKey,
  writeKeyFile,
} from '@sallyport/gateway';
import { type SourceOptions, toSources, withSources } from '../api-sources.ts';

/** `sallyport data-keys`: the keys that fields are encrypted under. */
export function dataKeysCommand(): Command {
  const command = new Command('data-keys')
    .description('make, list and rotate the keys that fields are encrypted under (data.encrypt)')
    .addHelpText('after', '\nExample:\n  sallyport data-keys create --config sallyport.yaml');
  for (const part of [createDataKeys(), rotateDataKeys(), listDataKeys()]) command.addCommand(part);
  return command;
}

/** `data.encrypt` of the policy; throws where there is none. */
export function encryptionOf(openapi: string | undefined, options: SourceOptions): EncryptPolicy {
  const encrypt = readSources(toSources(openapi, options)).policy.data?.encrypt ?? null;
  if (encrypt === null) throw new Error('the policy has no data.encrypt');
  return encrypt;
}

function createDataKeys(): Command {
  return withSources(new Command('create'))
    .description(
      'make the file of data keys with its first key, and the master key where the policy names a file that is not there',
    )
    .addHelpText('after', '\nExample:\n  sallyport data-keys create')
    .action((openapi: string | undefined, options: SourceOptions) => {
      const { keys } = encryptionOf(openapi, options);
      if (existsSync(keys.file)) throw new Error(`${keys.file} is there already: rotate adds a key to it`);
      if (typeof keys.master === 'string' && !existsSync(keys.master)) {
        writeFileSync(keys.master, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
        console.log(`made the master key: ${keys.master}`);
      }
      const first = makeDataKey(masterKeyOf(keys), makeKeyName(), 1, Date.now());
      writeKeyFile(keys.file, [first], true);
      console.log(`made ${keys.file} with the key ${idOf(first)}`);
      console.log(
        'Keep copies of both, apart from each other and from the data: what was written under a lost key cannot be read again.',
      );
    });
}

function rotateDataKeys(): Command {
  return withSources(new Command('rotate'))
    .description('add a key that is written under from now on; what was written before is still read')
    .option(
      '--after <duration>',
      'how long nothing is written under it, so that every instance has read it by then',
      '1m',
    )
    .addHelpText('after', '\nExample:\n  sallyport data-keys rotate --after 5m')
    .action((openapi: string | undefined, options: SourceOptions & { readonly after: string }) => {
      const { keys } = encryptionOf(openapi, options);
      const after = parseDuration(options.after);
      if (!after.ok) throw new Error('--after takes a duration such as 1m');
      const known = readKeyFile(keys.file);
      const master = masterKeyOf(keys);
      // A file that was wrapped under another master key must not get a key that its readers cannot unwrap.
      for (const one of known) unwrapKey(master, one);
      const last = known.reduce((one, other) => (other.version > one.version ? other : one));
      const next = makeDataKey(master, last.name, last.version + 1, Date.now() + after.value);
      writeKeyFile(keys.file, [...known, next], false);
      console.log(`${idOf(next)} is written under from ${new Date(next.activeFromMs).toISOString()} on`);
    });
}

function listDataKeys(): Command {
  return withSources(new Command('list'))
    .description('list the data keys and say which one is written under')
    .addHelpText('after', '\nExample:\n  sallyport data-keys list')
    .action((openapi: string | undefined, options: SourceOptions) => {
      const keys = readKeyFile(encryptionOf(openapi, options).keys.file);
      const now = Date.now();
      const active = keys
        .filter(({ activeFromMs }) => activeFromMs <= now)
        .toSorted((one, other) => other.activeFromMs - one.activeFromMs || other.version - one.version)[0];
      for (const key of keys) {
        const state = key === active ? 'written under' : key.activeFromMs > now ? 'not yet written under' : 'read only';
        console.log(`${idOf(key)}  from ${new Date(key.activeFromMs).toISOString()}  ${state}`);
      }
    });
}
