import { open } from 'node:fs/promises';
import { parseJson, type KeySetSource } from '@sallyport/core';
import { doubtAbout } from '../egress/doubt-about.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { importKeySet, type ImportedKeys } from './json-web-key.ts';
import type { FetchJson } from './fetch-json.ts';

export interface LoadedKeys extends ImportedKeys {
  /** How long the source vouches for them; null where it does not say. */
  readonly maxAgeMs: number | null;
}

/** Where keys come from. Rejects with an Error whose message is for the operator. */
export type KeySource = (signal: AbortSignal) => Promise<LoadedKeys>;

/** The address that discovery gave is asked for again after this time, and after every failure. */
const DISCOVERY_TTL_MS = 24 * 60 * 60 * 1000;

const MAX_FILE_BYTES = 256 * 1024;

/** Makes the source that the policy names. */
export function createKeySource(source: KeySetSource, fetchJson: FetchJson, steadyMs: () => number): KeySource {
  if (source.from === 'file') return () => readKeyFile(source.path);
  if (source.from === 'url') return fromUrl(source.url, fetchJson);
  if (source.from === 'self') return () => Promise.reject(new Error('the keys of our own are in the store'));
  return fromDiscovery(source.issuer, fetchJson, steadyMs);
}

function fromUrl(url: string, fetchJson: FetchJson): KeySource {
  return async (signal) => loadFrom(url, url, fetchJson, signal);
}

/**
 * OpenID Connect Discovery 1.0, section 4. The `issuer` of the answer must be exactly the configured one: else somebody answers for a
 * stranger, and his keys would be taken for the issuer's (section 4.3).
 */
function fromDiscovery(issuer: string, fetchJson: FetchJson, steadyMs: () => number): KeySource {
  let known: { readonly jwksUri: string; readonly untilMs: number } | null = null;
  return async (signal) => {
    try {
      if (known === null || steadyMs() >= known.untilMs) {
        const jwksUri = await discover(issuer, fetchJson, signal);
        known = { jwksUri, untilMs: steadyMs() + DISCOVERY_TTL_MS };
      }
      return await loadFrom(known.jwksUri, issuer, fetchJson, signal);
    } catch (error) {
      known = null;
      throw error;
    }
  };
}

async function discover(issuer: string, fetchJson: FetchJson, signal: AbortSignal): Promise<string> {
  return discoverAddress(issuer, 'jwks_uri', fetchJson, signal);
}

/** An address of the issuer's metadata. */
export async function discoverAddress(
  issuer: string,
  name: 'jwks_uri' | 'introspection_endpoint',
  fetchJson: FetchJson,
  signal: AbortSignal,
): Promise<string> {
  const metadata = await readMetadata(issuer, fetchJson, signal);
  const address = metadata[name];
  if (typeof address !== 'string') throw new Error(`${metadataUrl(issuer)}: the answer has no ${name}`);
  return address;
}

/** The issuer's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 2), which must be the metadata of exactly this issuer. */
export async function readMetadata(
  issuer: string,
  fetchJson: FetchJson,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const url = metadataUrl(issuer);
  const { value } = await ask(url, issuer, fetchJson, signal);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${url}: the answer is not an object`);
  const metadata = value as Readonly<Record<string, unknown>>;
  if (metadata['issuer'] !== issuer)
    throw new Error(`${url}: the answer is for another issuer than ${issuer}; a trailing slash counts`);
  return metadata;
}

function metadataUrl(issuer: string): string {
  return `${issuer.endsWith('/') ? issuer.slice(0, -1) : issuer}/.well-known/openid-configuration`;
}

async function loadFrom(
  url: string,
  configured: string,
  fetchJson: FetchJson,
  signal: AbortSignal,
): Promise<LoadedKeys> {
  const { value, maxAgeSeconds } = await ask(url, configured, fetchJson, signal);
  try {
    return { ...importKeySet(value, false), maxAgeMs: maxAgeSeconds === null ? null : maxAgeSeconds * 1000 };
  } catch (error) {
    throw new Error(`${url}: ${failureReason(error)}`, { cause: error });
  }
}

async function ask(url: string, configured: string, fetchJson: FetchJson, signal: AbortSignal): ReturnType<FetchJson> {
  const doubt = doubtAbout(url, configured);
  if (doubt !== null) throw new Error(doubt);
  try {
    return await fetchJson(url, signal);
  } catch (error) {
    throw new Error(`${url}: ${failureReason(error)}`, { cause: error });
  }
}

/** Reads a key set from a file of this machine; the only source whose `oct` keys are used. Rejects with an Error for people. */
export async function readKeyFile(path: string): Promise<LoadedKeys> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return parseKeyFile(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Parses the bytes of a key file. A file without a usable key is an error: somebody wrote it to have one. */
export function parseKeyFile(bytes: Uint8Array): LoadedKeys {
  if (bytes.length > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES / 1024} KiB`);
  const parsed = parseJson(bytes, { maxDepth: 32, maxKeys: 10_000 });
  if (!parsed.ok) throw new Error('the file is not JSON');
  const imported = importKeySet(parsed.value, true);
  if (imported.keys.length === 0)
    throw new Error(
      `the file has no usable key${imported.skipped.length > 0 ? `: ${imported.skipped.join('; ')}` : ''}`,
    );
  return { ...imported, maxAgeMs: FILE_MAX_AGE_MS };
}

/** Files are read again this often; they are small, and whoever replaces one expects it to count soon. */
const FILE_MAX_AGE_MS = 60_000;
