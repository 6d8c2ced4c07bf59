import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { type EncryptPolicy, parseDuration, type Policy } from '@sallyport/core';
import {
  createVaultPool,
  createWrapper,
  idOf,
  type KeyWrapper,
  makeKeyName,
  readKeyFile,
  readSources,
  type WrappedKey,
  writeKeyFile,
  writeNew,
} from '@sallyport/gateway';
import { type SourceOptions, toResolvedSources, withSources } from '../api-sources.ts';

/** `sallyport data-keys`: the keys that fields are encrypted under. */
export function dataKeysCommand(): Command {
  const command = new Command('data-keys')
    .description('make, list, rotate and rewrap the keys that fields are encrypted under (data.encrypt)')
    .addHelpText('after', '\nExample:\n  sallyport data-keys create --config sallyport.yaml');
  for (const part of [createDataKeys(), rotateDataKeys(), listDataKeys(), rewrapDataKeys()]) command.addCommand(part);
  return command;
}

/** The policy with its `data.encrypt`; throws where there is none. */
export async function encryptionOf(
  openapi: string | undefined,
  options: SourceOptions,
): Promise<{ readonly policy: Policy; readonly encrypt: EncryptPolicy }> {
  const { policy } = readSources(await toResolvedSources(openapi, options));
  const encrypt = policy.data?.encrypt ?? null;
  if (encrypt === null) throw new Error('the policy has no data.encrypt');
  return { policy, encrypt };
}

/** Lets a command wrap keys, and ends the connection after it. */
async function withWrapper<Result>(
  { policy, encrypt }: Awaited<ReturnType<typeof encryptionOf>>,
  run: (wrapper: KeyWrapper) => Promise<Result>,
): Promise<Result> {
  const wrapper = createWrapper(policy, encrypt.keys.wrapping, createVaultPool());
  try {
    return await run(wrapper);
  } finally {
    wrapper.close();
  }
}

function createDataKeys(): Command {
  return withSources(new Command('create'))
    .description(
      'make the file of data keys with its first key, and the master key where the policy names a file that is not there',
    )
    .addHelpText('after', '\nExample:\n  sallyport data-keys create')
    .action(async (openapi: string | undefined, options: SourceOptions) => {
      const found = await encryptionOf(openapi, options);
      const { file, wrapping } = found.encrypt.keys;
      if (existsSync(file)) throw new Error(`${file} is there already: rotate adds a key to it`);
      if (wrapping.kind === 'master' && typeof wrapping.master === 'string' && !existsSync(wrapping.master)) {
        writeNew(wrapping.master, `${randomBytes(32).toString('base64')}\n`);
        console.log(`made the master key: ${wrapping.master}`);
      }
      const first = await withWrapper(found, (wrapper) =>
        makeKey(wrapper, { name: makeKeyName(), version: 1, activeFromMs: Date.now() }),
      );
      writeKeyFile(file, [first], true);
      console.log(`made ${file} with the key ${idOf(first)}`);
      console.log(
        wrapping.kind === 'master'
          ? 'Keep copies of both, apart from each other and from the data: what was written under a lost key cannot be read again.'
          : 'Keep copies of it, and never delete the key that it is wrapped under: what was written under a lost key cannot be read again.',
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
    .action(async (openapi: string | undefined, options: SourceOptions & { readonly after: string }) => {
      const found = await encryptionOf(openapi, options);
      const { file } = found.encrypt.keys;
      const after = parseDuration(options.after);
      if (!after.ok) throw new Error('--after takes a duration such as 1m');
      const known = readKeyFile(file);
      const last = known.reduce((one, other) => (other.version > one.version ? other : one));
      const next = await withWrapper(found, async (wrapper) => {
        // A file that was wrapped under another key must not get one that its readers cannot unwrap.
        for (const one of known) await wrapper.unwrap(one);
        return makeKey(wrapper, {
          name: last.name,
          version: last.version + 1,
          activeFromMs: Date.now() + after.value,
        });
      });
      writeKeyFile(file, [...known, next], false);
      console.log(`${idOf(next)} is written under from ${new Date(next.activeFromMs).toISOString()} on`);
    });
}

async function makeKey(wrapper: KeyWrapper, key: Omit<WrappedKey, 'wrapped'>): Promise<WrappedKey> {
  return { ...key, wrapped: await wrapper.make(key) };
}

function rewrapDataKeys(): Command {
  return withSources(new Command('rewrap'))
    .description('wrap the data keys anew under the latest version of the key that they are wrapped under')
    .addHelpText(
      'after',
      '\nExample:\n  sallyport data-keys rewrap\n\nThe data keys stay what they are, and so does everything that is stored.',
    )
    .action(async (openapi: string | undefined, options: SourceOptions) => {
      const found = await encryptionOf(openapi, options);
      const { file, wrapping } = found.encrypt.keys;
      if (wrapping.kind === 'master') throw new Error('a master key has no versions: make new data keys with rotate');
      const known = readKeyFile(file);
      const anew = await withWrapper(found, async (wrapper) => {
        const all: WrappedKey[] = [];
        for (const one of known) {
          const next = { ...one, wrapped: await wrapper.rewrap(one) };
          // Nothing replaces a key that was not seen to open.
          await wrapper.unwrap(next);
          all.push(next);
        }
        return all;
      });
      writeKeyFile(file, anew, false);
      console.log(`wrapped ${anew.length === 1 ? 'the data key' : `${anew.length} data keys`} of ${file} anew`);
    });
}

function listDataKeys(): Command {
  return withSources(new Command('list'))
    .description('list the data keys and say which one is written under')
    .addHelpText('after', '\nExample:\n  sallyport data-keys list')
    .action(async (openapi: string | undefined, options: SourceOptions) => {
      const keys = readKeyFile((await encryptionOf(openapi, options)).encrypt.keys.file);
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
