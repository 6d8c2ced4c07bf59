import { setImmediate as nextTurn } from 'node:timers/promises';
import { resolve } from 'node:path';
import {
  compilePlanSteps,
  ConfigurationError,
  EnumerationWatch,
  finish,
  type ConfigurationProblem,
  type CounterPort,
  type Plan,
  type Policy,
  type Steps,
} from '@sallyport/core';
import { SYSTEM_CLOCK } from './clock.ts';
import { ApiLife } from './exchange/api-life.ts';
import { withAllProblems } from './documents/all-problems.ts';
import { createOwnerPort, type OwnerAsking } from './ownership/create-owner-port.ts';
import { createEgress } from './egress/egress.ts';
import type { FieldKeys } from './encryption/field-keys.ts';
import { loadEncryption } from './encryption/load-encryption.ts';
import { createVaultPool, type VaultPool } from './vault/vault-pool.ts';
import { createIdentity } from './identity/create-identity.ts';
import type { Identity, IdentityOptions } from './identity/identity.ts';
import { inflater } from './exchange/inflate-body.ts';
import { createHttp1Upstream } from './wire/http1-upstream.ts';
import { classifiedNames } from './records/classified-names.ts';
import { checkLogFile } from './records/log-file.ts';
import { chooseChecker, createCertificatePorts } from './tls/certificate-port.ts';
import { checkUpstreamTls } from './tls/check-upstream-tls.ts';
import type { KnownLists } from './tls/issuer-lists.ts';
import { listExpiries, type ListExpiry } from './tls/list-expiries.ts';
import { loadForwarded } from './tls/load-forwarded.ts';
import { loadDoorTls, policyFolder, type DoorTls } from './tls/load-door-tls.ts';
import { createProvedThumbprint } from './tls/proved-thumbprint.ts';
import { tellStrays } from './wire/tell-strays.ts';
import { createTokenApi } from './tokens/token-api.ts';
import { TlsFileProblems } from './tls/tls-file-problems.ts';
import { readPolicyFiles } from './policies/read-policy-files.ts';
import { readSourcesSteps, type ApiSources, type ReadSources } from './read-sources.ts';
import { createPemReader, readUpstreamTls } from './tls/pem-reader.ts';
import { leadsBack, type ListeningAddress } from './wire/leads-back.ts';
import { ownHeaders } from './wire/own-headers.ts';
import type { GuardedApi } from './exchange/guarded-api.ts';

/** What goes on over reloads. */
export interface KeptParts {
  readonly vaults?: VaultPool;
  readonly fieldKeys?: FieldKeys | null;
  /** Who asked for objects of others. */
  readonly enumeration?: EnumerationWatch | null;
  readonly knownLists?: KnownLists;
  /** Where the door listens; null before it does. */
  readonly listening?: () => ListeningAddress | null;
}

/** An API that is ready to be guarded, with all that was opened for it; `closeApi` closes that. */
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
  /** How long the revocation lists of clients' authorities count, of the door, of a proxy and of the admin port. */
  readonly revocationLists: readonly ListExpiry[];
  /** What is soon to be wrong in the files of TLS. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** Loads everything that one API needs and is ready to guard it; opens no connection before the first request, but key sets begin to load. */
export function loadApi(...from: Parameters<typeof loadApiSteps>): LoadedApi {
  return finish(loadApiSteps(...from));
}

/** The same in pieces. Nothing is held before the last of them: it can be left off in between. */
export function* loadApiSteps(
  sources: ApiSources,
  counters: CounterPort,
  previous: Identity | null = null,
  tell: NonNullable<IdentityOptions['tell']> = () => undefined,
  kept: KeptParts = {},
): Steps<LoadedApi> {
  const read = yield* readSourcesSteps(sources);
  try {
    return yield* makeApi(read, sources, counters, previous, tell, kept);
  } catch (error) {
    throw error instanceof ConfigurationError
      ? withAllProblems(error, read.document, read.policy, sources.allProblems ?? null)
      : error;
  }
}

function* makeApi(
  { document, policy, files }: ReadSources,
  sources: ApiSources,
  counters: CounterPort,
  previous: Identity | null,
  tell: NonNullable<IdentityOptions['tell']>,
  kept: KeptParts,
): Steps<LoadedApi> {
  const note = (...asked: readonly string[]): void => {
    for (const file of asked) sources.onFile?.(file);
  };
  const egress = createEgress(policy.egress, sources.egress);
  const pem = createPemReader();
  const upstreamTls = readUpstreamTls(policy, pem);
  const found = new TlsFileProblems();
  const folder = policyFolder(sources.policyFile === null ? null : resolve(sources.policyFile));
  const tlsOptions = {
    folder,
    nowMs: Date.now(),
    makesFiles: sources.makesFiles === true,
    egress,
    tell,
    knownLists: kept.knownLists,
  };
  const listenTls = loadDoorTls(policy, tlsOptions, pem.files, found);
  const adminTls = loadDoorTls(policy, tlsOptions, pem.files, found, policy.admin?.tls ?? null, 'admin.tls');
  checkUpstreamTls(policy, upstreamTls, Date.now(), found);
  const forwarded = policy.listen.forwardedCertificates
    ? loadForwarded(policy.listen.forwardedCertificates, policy.trustedProxies, tlsOptions, pem.files, found)
    : null;
  const encryption = loadEncryption(policy);
  if (policy.vault?.ca) pem.read(policy.vault.ca, 'vault.ca');
  // The door knows where it listens; a command may have been told less than the door will be.
  const loops = sources.makesFiles === true ? loopsOf(policy) : [];
  // A door opens its log itself, once.
  const log = sources.makesFiles === true ? [] : checkLogFile(policy);
  note(...pem.files, ...encryption.files);
  const problems = [...loops, ...pem.problems, ...found.problems, ...encryption.problems, ...log];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const policies = readPolicyFiles(policy);
  note(...policies.files, ...keyFilesOf(policy));
  if (policies.problems.length > 0) throw new ConfigurationError(policies.problems);
  yield;
  const plan = yield* compilePlanSteps(
    document,
    policy,
    policies.sources === null ? {} : { policies: policies.sources },
  );
  refuseShadowed(plan, policy);
  const identity = createIdentity(policy, document, {
    egress,
    tell,
    looksOnly: sources.makesFiles !== true,
    ...(sources.onFile === undefined ? {} : { onFile: sources.onFile }),
    ...(previous === null ? {} : { previous }),
  });
  const upstream = createHttp1Upstream(policy.upstream, upstreamTls, egress.lookup('upstream', true), {
    onStray: tellStrays((message, detail) => tell('warn', message, detail)),
    leadsBack(socket) {
      const listening = kept.listening?.() ?? null;
      return listening !== null && leadsBack(socket, listening);
    },
  });
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
    revocationLists: listExpiries(
      [listenTls?.clients, forwarded, adminTls?.clients].map((believed) => believed?.checker.trust),
    ),
    warnings: found.warnings,
    life,
    classified: classifiedNames(document, policy),
    upstream,
    upstreamBasePath: basePath,
    owners,
    enumeration:
      enumeration === null
        ? null
        : new EnumerationWatch(enumeration, () => SYSTEM_CLOCK.steadyMs(), kept.enumeration ?? null),
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
      inflater,
      nextTurn: () => nextTurn(),
      ...(fieldKeys?.index ? { fieldIndex: fieldKeys.index } : {}),
    },
  };
}

/** Closes all that a loaded API holds open. */
export async function closeApi(api: LoadedApi): Promise<void> {
  api.fieldKeys?.close();
  await Promise.all([api.identity.close(), api.owners.close(), api.upstream.close()]);
}

/** What the store is sealed under, which is read when it is opened. */
function keyFilesOf({ store }: Policy): readonly string[] {
  return [store?.key, ...(store?.olderKeys ?? [])].filter((key) => typeof key === 'string');
}

function loopsOf({ warnings = [] }: Policy): readonly ConfigurationProblem[] {
  return warnings.filter(({ code }) => code === 'POLICY_UPSTREAM_LOOP');
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
