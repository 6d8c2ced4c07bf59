import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import { canonicalText } from './key-options.ts';
import { createStore, readSources, type Actor, type Store } from '@sallyport/gateway';
import type { ApiDocument, Policy } from '@sallyport/core';
import { toResolvedSources, type SourceOptions } from '../../api-sources.ts';

export interface StoreOptions extends SourceOptions {
  readonly api?: string;
  readonly json?: boolean;
}

export interface OpenedStore {
  readonly store: Store;
  readonly policy: Policy;
  readonly document: ApiDocument;
}

/** Adds the options that every command over the store has. */
export function withStoreOptions(command: Command): Command {
  return command
    .option('-a, --api <openapi>', 'the OpenAPI document; default: what `api` in the policy names')
    .option('-c, --config <file>', 'the policy; default: sallyport.yaml where there is one')
    .option('--json', 'print JSON');
}

/** Opens the store that the policy names for one command, and closes it. What is made on the way is told on standard error. */
export async function withStore(options: StoreOptions, run: (opened: OpenedStore) => Promise<void>): Promise<void> {
  const { policy, document } = readSources(await toResolvedSources(options.api, options));
  if (policy.store === undefined) throw new Error('the policy names no store');
  const store = createStore(policy.store, (text) => console.error(`sallyport: ${text}`));
  try {
    await store.open();
    await run({ store, policy, document });
  } finally {
    await store.close();
  }
}

/** Who acts, for the audit trail: the user of this machine. */
export function actor(): Actor {
  let user = 'unknown';
  try {
    user = userInfo().username;
  } catch {
    // A user without an entry in the machine's list of users, as in many containers.
    if (process.getuid !== undefined) user = `uid:${process.getuid()}`;
  }
  return { actor: `cli:${canonicalText(user)}@${canonicalText(hostname())}`, atMs: Date.now() };
}

/** The security scheme that a new key is for: the one that has its keys in the store, or the one that is named. */
export function schemeFor({ policy, document }: OpenedStore, named: string | undefined): string {
  const schemes = [...policy.authentication].flatMap(([scheme, entry]) =>
    entry.kind === 'api-key' && entry.keys.from === 'store' && document.securitySchemes.has(scheme) ? [scheme] : [],
  );
  if (named !== undefined) {
    if (schemes.includes(named)) return named;
    throw new Error(
      `${named} is no security scheme whose keys are in the store${schemes.length === 0 ? '' : `; these are: ${schemes.join(', ')}`}`,
    );
  }
  const [only, ...others] = schemes;
  if (only === undefined)
    throw new Error(
      'no security scheme has its keys in the store; write `authentication: { NAME: { keys: store } }` into the policy',
    );
  if (others.length > 0)
    throw new Error(
      `several security schemes have their keys in the store; name one with --scheme: ${schemes.join(', ')}`,
    );
  return only;
}
