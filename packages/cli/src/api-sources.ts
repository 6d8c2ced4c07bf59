import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { createSecretKeeper, createVaultPool, vaultReferencesOf, type ApiSources } from '@sallyport/gateway';
import type { PolicyOverrides } from '@sallyport/core';

const DEFAULT_POLICY = 'sallyport.yaml';

/** Options that every command over a document and a policy has. */
export interface SourceOptions {
  readonly config?: string;
  readonly allowFolder?: readonly string[];
  readonly upstream?: string;
  readonly port?: string;
  readonly host?: string;
  readonly adminPort?: string;
  readonly mode?: string;
}

/** Adds the arguments and options that name document and policy. */
export function withSources(command: Command): Command {
  return command
    .argument('[openapi]', 'the OpenAPI document; default: what `api` in the policy names')
    .option('-c, --config <file>', `the policy; default: ${DEFAULT_POLICY} where there is one`)
    .option('-u, --upstream <url>', 'the API to guard, such as http://127.0.0.1:3000')
    .addOption(allowFolder());
}

/** `--allow-folder`, for every command that reads a document. */
export function allowFolder(): Option {
  return new Option(
    '--allow-folder <dir>',
    "a folder beside the document's own that its references may lead into; may be given several times",
  ).argParser((value: string, all: readonly string[] | undefined) => [...(all ?? []), value]);
}

/** What the user named on the command line. The command line wins over the policy file. */
export function toSources(openapi: string | undefined, options: SourceOptions): ApiSources {
  const overrides: { -readonly [K in keyof PolicyOverrides]: PolicyOverrides[K] } = {};
  if (openapi !== undefined) overrides.document = openapi;
  // From where the user stands; what stands in the policy counts from there.
  if (options.allowFolder !== undefined)
    overrides.documentFolders = options.allowFolder.map((folder) => resolve(folder));
  if (options.upstream !== undefined) overrides.upstream = options.upstream;
  if (options.host !== undefined) overrides.host = options.host;
  if (options.port !== undefined) overrides.port = toPort('--port', options.port);
  if (options.adminPort !== undefined) overrides.adminPort = toPort('--admin-port', options.adminPort);
  if (options.mode !== undefined) overrides.mode = toMode(options.mode);
  const policyFile = options.config ?? (existsSync(DEFAULT_POLICY) ? DEFAULT_POLICY : null);
  return { policyFile, overrides, environment: (name) => process.env[name] };
}

/** The same with the secrets that the policy refers to in Vault: those are asked for once. */
export async function toResolvedSources(openapi: string | undefined, options: SourceOptions): Promise<ApiSources> {
  const sources = toSources(openapi, options);
  const references = vaultReferencesOf(sources);
  if (references === null) return sources;
  const keeper = createSecretKeeper(createVaultPool());
  const prepared = await keeper.prepare(references);
  prepared.drop();
  return { ...sources, vaultSecret: prepared.lookup };
}

function toPort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new Error(`${option} takes a port from 0 to 65535, not ${JSON.stringify(text)}`);
  return port;
}

function toMode(text: string): 'off' | 'observe' | 'enforce' {
  if (text === 'off' || text === 'observe' || text === 'enforce') return text;
  throw new Error(`--mode takes off, observe or enforce, not ${JSON.stringify(text)}`);
}
