import { dirname, resolve } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import {
  BrokenDocumentError,
  compilePlan,
  ConfigurationError,
  EnumerationWatch,
  listVaultReferences,
  loadDocument,
  parsePolicy,
  type ApiDocument,
  type ConfigurationProblem,
  type CounterPort,
  type DocumentReader,
  type Plan,
  type Policy,
  type PolicyContext,
  type PolicyOverrides,
  type VaultAnswer,
  type VaultReferences,
} from '@sallyport/core';
import { ApiLife } from './exchange/api-life.ts';
import { withAllProblems } from './documents/all-problems.ts';
import { createOwnerPort, type OwnerAsking } from './ownership/create-owner-port.ts';
import { createFileDocumentReader } from './documents/file-document-reader.ts';
import { createEgress, type EgressOptions } from './egress/egress.ts';
import type { FieldKeys } from './encryption/field-keys.ts';
import { loadEncryption } from './encryption/load-encryption.ts';
import { createVaultPool, type VaultPool } from './vault/vault-pool.ts';
import { createIdentity, type Identity, type IdentityOptions } from './identity/create-identity.ts';
import { createHttp1Upstream, type UpstreamTls } from './wire/http1-upstream.ts';
import { classifiedNames } from './records/classified-names.ts';
import { chooseChecker, createCertificatePorts } from './tls/certificate-port.ts';
import { checkUpstreamTls } from './tls/check-upstream-tls.ts';
import { loadForwarded } from './tls/load-forwarded.ts';
import { loadDoorTls, policyFolder, type DoorTls } from './tls/load-door-tls.ts';
import { createProvedThumbprint } from './tls/proved-thumbprint.ts';
import { createTokenApi } from './tokens/token-api.ts';
import { TlsFileProblems } from './tls/tls-file-problems.ts';
import { readPolicyFiles } from './policies/read-policy-files.ts';
import { resolvePolicyPaths, resolveVault } from './resolve-policy-paths.ts';
import { ownHeaders } from './wire/own-headers.ts';
import type { GuardedApi } from './exchange/guarded-api.ts';

/** What a user names: a document, a policy file, both or only what the policy file names. */
export interface ApiSources {
  /** Path of `sallyport.yaml`; null runs on safe defaults. */
  readonly policyFile: string | null;
  /** The policy itself instead of what stands in `policyFile`, which then only says where relative paths count from. */
  readonly policyText?: string;
  readonly overrides: PolicyOverrides;
  readonly environment: (name: string) => string | undefined;
  /** What Vault said of the secrets that the policy refers to; absent where nobody was asked. */
  readonly vaultSecret?: (path: string, field: string) => VaultAnswer;
  /** True where a certificate for development and the store may be made and written; whoever only looks leaves no trace. */
  readonly makesFiles?: boolean;
  /**
   * Where something keeps the API from being loaded: tells the warnings as well, and the schemas that cannot be compiled, as problems or as warnings. It
   * takes as long as compiling the whole document. Default null: only what keeps it from being loaded.
   */
  readonly allProblems?: 'problems' | 'warnings' | null;
  /** How names are looked up that Sallyport connects to by itself, and where refusals are counted; for tests and embedding. */
  readonly egress?: EgressOptions;
}

/** What goes on over reloads. */
export interface KeptParts {
  readonly vaults?: VaultPool;
  readonly fieldKeys?: FieldKeys | null;
}

export interface LoadedApi extends GuardedApi {
  /** Null where no fields are encrypted. Nothing is unwrapped elsewhere before `openEncryption`. */
  readonly fieldKeys: FieldKeys | null;
  readonly identity: Identity;
  readonly owners: OwnerAsking;
  /** Every file that the API was made of; a change of one asks for a reload. */
  readonly files: readonly string[];
  /** Certificates of the door, and whose of clients it believes; null without TLS. */
  readonly listenTls: DoorTls | null;
  /** Of the admin port; null for plain HTTP. */
  readonly adminTls: DoorTls | null;
  /** What is soon to be wrong in the files of TLS. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** Reads document and policy without opening a connection. Throws `ConfigurationError` with every problem of both. */
export function readSources(sources: ApiSources): {
  readonly document: ApiDocument;
  readonly policy: Policy;
  readonly files: readonly string[];
} {
  const problems: ConfigurationProblem[] = [];
  let readable: ApiDocument | null = null;
  const attempt = <T>(make: () => T): T | null => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      if (error instanceof BrokenDocumentError) readable = error.readable;
      return null;
    }
  };
  const files: string[] = [];
  const input =
    sources.policyFile === null
      ? null
      : attempt(() =>
          sources.policyText === undefined
            ? readPolicyFile(sources.policyFile as string)
            : { file: resolve(sources.policyFile as string), text: sources.policyText },
        );
  const context: PolicyContext = {
    environment: sources.environment,
    ...(sources.vaultSecret === undefined ? {} : { vaultSecret: sources.vaultSecret }),
    overrides: sources.overrides,
    readFile(path, from) {
      const file = resolve(dirname(from), path);
      files.push(file);
      return readFileSync(file, 'utf8');
    },
  };
  if (input !== null) files.push(input.file);
  const parse = (more: Partial<PolicyContext>): Policy | null =>
    attempt(() => resolvePolicyPaths(parsePolicy(input, { ...context, ...more }), sources));
  const first = problems.length > 0 ? null : parse({});
  if (first !== null) problems.push(...missingFolders(first, sources.overrides.documentFolders?.length ?? 0));
  const documentPath = first?.document ?? sources.overrides.document ?? '';
  const document =
    documentPath === '' ? null : attempt(() => readDocument(documentPath, files, first?.documentFolders ?? []));
  const extensions = document?.extensions ?? {};
  const extended = document !== null && Object.keys(extensions).some((name) => name.startsWith('x-sallyport'));
  const policy =
    first !== null && extended
      ? parse({
          documentExtensions: extensions,
          documentFile: document.file,
          locateInDocument: (place) => document.locate(place),
        })
      : first;
  if (problems.length > 0)
    throw withAllProblems(
      new ConfigurationError(problems),
      document ?? readable,
      policy ?? first,
      sources.allProblems ?? null,
    );
  if (document === null || policy === null)
    throw new ConfigurationError([
      {
        code: 'DOCUMENT_MISSING',
        file: sources.policyFile ?? 'sallyport.yaml',
        line: 0,
        column: 0,
        path: '',
        message: 'no OpenAPI document was named',
        hint: 'Name one: sallyport run openapi.yaml --upstream http://127.0.0.1:3000, or write `api: openapi.yaml` into sallyport.yaml.',
      },
    ]);
  return { document, policy, files };
}

/** Folders of the policy that are none. They would be told of as broken references, one by one, or not at all. */
function missingFolders(policy: Policy, fromStart: number): ConfigurationProblem[] {
  const folders = policy.documentFolders ?? [];
  const file = policy.file ?? '';
  return folders.flatMap((folder, index) => {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return [];
    const path = `/apiFolders/${index}`;
    const nowhere = { file: 'command line', line: 0, column: 0 };
    return [
      {
        code: 'POLICY_FOLDER_MISSING',
        path,
        message: `${folder} is no folder`,
        hint: 'Name a folder that the document refers into; one in the policy counts from the policy file.',
        ...(index < folders.length - fromStart ? (policy.locate?.({ file, pointer: path }) ?? nowhere) : nowhere),
      },
    ];
  });
}

function readDocument(path: string, files: string[], allow: readonly string[]): ApiDocument {
  if (/^https?:\/\//i.test(path))
    throw new ConfigurationError([
      {
        code: 'DOCUMENT_UNREADABLE',
        file: path,
        line: 0,
        column: 0,
        path: '',
        message: 'a document is read from a file, never from a URL',
        hint: 'Save a copy and name that: what is guarded must not change with what another machine answers.',
      },
    ]);
  let reader: DocumentReader;
  try {
    reader = createFileDocumentReader(path, { allow });
  } catch (error) {
    throw new ConfigurationError([
      {
        code: 'DOCUMENT_UNREADABLE',
        file: path,
        line: 0,
        column: 0,
        path: '',
        message: error instanceof Error ? error.message : String(error),
        hint: 'Name an OpenAPI document that this process may read.',
      },
    ]);
  }
  const names = new Map<string, string>();
  return loadDocument(
    {
      read(reference, from) {
        const read = reader.read(reference, from);
        // By the name that leads to it as well: a mounted folder changes by switching a link, and what the link led to stays as it was.
        const name = from === null ? resolve(path) : resolve(dirname(names.get(from) ?? from), decoded(reference));
        names.set(read.file, name);
        files.push(name, resolve(read.file));
        return read;
      },
    },
    path,
  );
}

function decoded(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

/** What the policy refers to in Vault; null where it refers to nothing, or cannot be read: whoever reads it whole says why. */
export function vaultReferencesOf(sources: ApiSources): VaultReferences | null {
  if (sources.policyFile === null) return null;
  const file = resolve(sources.policyFile);
  try {
    const found = listVaultReferences(
      { file, text: sources.policyText ?? readFileSync(file, 'utf8') },
      {
        environment: sources.environment,
        readFile: (path, from) => readFileSync(resolve(dirname(from), path), 'utf8'),
      },
    );
    return found === null
      ? null
      : { ...found, vault: resolveVault(found.vault, (path) => resolve(dirname(file), path)) };
  } catch {
    return null;
  }
}

function readPolicyFile(path: string): { readonly file: string; readonly text: string } {
  const file = resolve(path);
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : error instanceof Error && 'code' in error && error.code === 'EISDIR'
          ? 'it is a folder'
          : error instanceof Error
            ? error.message
            : 'it cannot be read';
    throw new ConfigurationError([
      {
        code: 'POLICY_UNREADABLE',
        file,
        line: 0,
        column: 0,
        path: '',
        message: `the policy cannot be read: ${reason}`,
        hint: 'Check the path after --config, or leave it out to run on safe defaults.',
      },
    ]);
  }
}

/** Loads everything that one API needs and is ready to guard it; opens no connection before the first request, but key sets begin to load. */
export function loadApi(
  sources: ApiSources,
  counters: CounterPort,
  previous: Identity | null = null,
  tell: NonNullable<IdentityOptions['tell']> = () => undefined,
  kept: KeptParts = {},
): LoadedApi {
  const read = readSources(sources);
  try {
    return makeApi(read, sources, counters, previous, tell, kept);
  } catch (error) {
    throw error instanceof ConfigurationError
      ? withAllProblems(error, read.document, read.policy, sources.allProblems ?? null)
      : error;
  }
}

function makeApi(
  { document, policy, files }: ReturnType<typeof readSources>,
  sources: ApiSources,
  counters: CounterPort,
  previous: Identity | null,
  tell: NonNullable<IdentityOptions['tell']>,
  kept: KeptParts,
): LoadedApi {
  const egress = createEgress(policy.egress, sources.egress);
  const pem = createPemReader();
  const upstreamTls = readUpstreamTls(policy, pem);
  const found = new TlsFileProblems();
  const folder = policyFolder(sources.policyFile === null ? null : resolve(sources.policyFile));
  const tlsOptions = { folder, nowMs: Date.now(), makesFiles: sources.makesFiles === true, egress };
  const listenTls = loadDoorTls(policy, tlsOptions, pem.files, found);
  const adminTls = loadDoorTls(policy, tlsOptions, pem.files, found, policy.admin?.tls ?? null, 'admin.tls');
  checkUpstreamTls(policy, upstreamTls, Date.now(), found);
  const forwarded = policy.listen.forwardedCertificates
    ? loadForwarded(policy.listen.forwardedCertificates, policy.trustedProxies, Date.now(), pem.files, found)
    : null;
  const encryption = loadEncryption(policy);
  if (policy.vault?.ca) pem.read(policy.vault.ca, 'vault.ca');
  const problems = [...pem.problems, ...found.problems, ...encryption.problems];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const policies = readPolicyFiles(policy);
  if (policies.problems.length > 0) throw new ConfigurationError(policies.problems);
  const plan = compilePlan(document, policy, policies.sources === null ? {} : { policies: policies.sources });
  refuseShadowed(plan, policy);
  const identity = createIdentity(policy, document, {
    egress,
    tell,
    looksOnly: sources.makesFiles !== true,
    ...(previous === null ? {} : { previous }),
  });
  const upstream = createHttp1Upstream(policy.upstream, upstreamTls, egress.lookup('upstream', true));
  const checker = chooseChecker(listenTls?.clients?.checker ?? null, forwarded?.checker ?? null);
  const basePath = new URL(policy.upstream.url).pathname.replace(/\/+$/, '');
  const owners = createOwnerPort({ plan, upstream, upstreamBasePath: basePath, egress });
  const enumeration = policy.ownership?.enumeration ?? null;
  const fieldKeys = encryption.create(
    kept.vaults ?? createVaultPool(sources.egress),
    kept.fieldKeys ?? null,
    tell,
    egress,
  );
  const life = new ApiLife();
  const thumbprint = createProvedThumbprint(checker, identity.revocations);
  return {
    plan,
    identity,
    fieldKeys,
    own: createTokenApi(
      policy,
      identity,
      counters,
      { life, thumbprint, forwarded: forwarded?.read ?? null },
      (message, detail) => tell('warn', message, detail),
    ),
    files: [...files, ...policies.files, ...identity.files, ...pem.files, ...encryption.files],
    listenTls,
    adminTls,
    warnings: found.warnings,
    life,
    classified: classifiedNames(document, policy),
    upstream,
    upstreamBasePath: basePath,
    owners,
    enumeration: enumeration === null ? null : new EnumerationWatch(enumeration),
    ownHeaders: ownHeaders(policy),
    forwarded: forwarded?.read ?? null,
    thumbprint,
    ports: {
      tokens: identity.tokens,
      apiKeys: identity.apiKeys,
      passwords: identity.passwords,
      ...(identity.logins === null ? {} : { sessions: identity.logins.sessions, ownPaths: identity.logins.ownPaths }),
      ...(checker === null ? {} : { certificates: createCertificatePorts(policy, checker, identity.revocations) }),
      ...(identity.grants === null ? {} : { grants: identity.grants }),
      counters,
      owners,
      ...(fieldKeys === null ? {} : { fieldCipher: fieldKeys.cipher }),
      ...(fieldKeys?.index ? { fieldIndex: fieldKeys.index } : {}),
    },
  };
}

/** An operation behind a path of Sallyport's own could never be reached. */
function refuseShadowed(plan: Plan, { tokens, file, locate }: Policy): void {
  const own = tokens === null || tokens === undefined ? [] : [tokens.path, tokens.jwksPath, tokens.metadataPath];
  const shadowed = plan.operations.flatMap(({ operation }) =>
    operation.basePaths.map((basePath) => basePath + operation.path).filter((path) => own.includes(path)),
  );
  if (shadowed.length === 0) return;
  const place = { file: file ?? '', pointer: '/tokens' };
  throw new ConfigurationError(
    [...new Set(shadowed)].map((path) => ({
      ...(locate?.(place) ?? { file: place.file, line: 0, column: 0 }),
      code: 'POLICY_CONTRADICTION',
      path: '/tokens',
      message: `the document has an operation at ${path}, where tokens would answer`,
      hint: 'Choose another path in tokens.',
    })),
  );
}

/** Reads PEM files and remembers them: a certificate that is renewed on disk is loaded again. */
interface PemReader {
  readonly files: string[];
  readonly problems: ConfigurationProblem[];
  read(path: string, setting: string): string;
}

function createPemReader(): PemReader {
  const files: string[] = [];
  const problems: ConfigurationProblem[] = [];
  return {
    files,
    problems,
    read(path, setting) {
      files.push(path);
      try {
        return readFileSync(path, 'utf8');
      } catch {
        problems.push({
          code: 'POLICY_UNREADABLE',
          file: path,
          line: 0,
          column: 0,
          path: '',
          message: `${setting} cannot be read`,
          hint: 'Name a PEM file that this process may read.',
        });
        return '';
      }
    },
  };
}

function readUpstreamTls(policy: Policy, pem: PemReader): UpstreamTls {
  const { ca, certificate, key } = policy.upstream.tls;
  return {
    ca: ca === null ? null : pem.read(ca, 'upstream.tls.ca'),
    certificate: certificate === null ? null : pem.read(certificate, 'upstream.tls.certificate'),
    key: typeof key === 'string' ? pem.read(key, 'upstream.tls.key') : (key?.reveal() ?? null),
  };
}
