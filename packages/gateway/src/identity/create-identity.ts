import {
  ConfigurationError,
  type ApiDocument,
  type ApiKeyEntry,
  type ApiKeyPort,
  type AuthenticationPolicy,
  type ConfigurationProblem,
  type LoginPolicy,
  type PasswordPort,
  type Policy,
} from '@sallyport/core';
import { parseApiKeyFile } from './api-key-file.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import { createApiKeyPort } from './create-api-key-port.ts';
import { createIssuersPort } from './create-issuers-port.ts';
import { createPasswordPort } from './create-password-port.ts';
import type { ForgetfulTokenPort } from './create-token-port.ts';
import { DpopNonces } from './dpop-nonces.ts';
import { createEgress } from '../egress/egress.ts';
import type { Identity, IdentityOptions } from './identity.ts';
import { clientKeyProblem, storeProblem } from './identity-problems.ts';
import { IntrospectionMetrics } from './introspection-metrics.ts';
import { knownRolesOf } from './known-roles.ts';
import { createLogins, type Logins } from '../login/create-logins.ts';
import { parsePasswordFile } from './password-file.ts';
import { PolicyKeySets } from './policy-key-sets.ts';
import { PolicyTokenPorts } from './policy-token-ports.ts';
import { problemsOf, readIdentityFile, type FileProblems } from './read-identity-file.ts';
import { ReplayMemory } from './replay-memory.ts';
import { revocableKeyPort, revocablePasswordPort } from './revocations/revocable-ports.ts';
import { ADMIN_SCHEME } from './stored-keys/key-life.ts';
import { createSharedDirectory, type SharedDirectory } from './stored-keys/shared-directory.ts';
import { StoreError } from '../store/store-error.ts';
import { checkStoreFiles } from '../store/store-key.ts';

/**
 * Makes the ports that the policy configures for schemes of the document. Reads files at once and opens no connection. Throws
 * `ConfigurationError` with every problem: files that cannot be read, entries that are wrong (with their lines), addresses of key sets
 * that may not be asked. Paths of the policy are absolute by then. Entries for schemes that the document does not have are the plan's to report.
 *
 * No function in here may close over `options`: what is returned would hold `previous`, which holds the one before it, as far back as the first.
 */
export function createIdentity(policy: Policy, document: ApiDocument, options: IdentityOptions = {}): Identity {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const egress = options.egress ?? createEgress(policy.egress);
  const tell = options.tell ?? (() => undefined);
  const onFile = options.onFile ?? (() => undefined);
  const possession = options.previous?.possession ?? { replays: new ReplayMemory(), nonces: new DpopNonces() };
  const introspections = options.previous?.introspections ?? new IntrospectionMetrics();
  const problems: ConfigurationProblem[] = [];
  const files: string[] = [];
  const tokens = new Map<string, ForgetfulTokenPort>();
  const apiKeys = new Map<string, ApiKeyPort>();
  const passwords = new Map<string, PasswordPort>();
  const entries = [...policy.authentication].filter(([scheme]) => document.securitySchemes.has(scheme));

  let storedKeys = keepsInStore(policy, entries) ? directoryOf(policy, clock, possession, options) : null;
  const revocations = storedKeys?.revocations ?? null;
  const carried = options.previous?.carryOver();
  const keySets = new PolicyKeySets({ policy, document, clock, egress, carried, problems, onFile });
  const tokenPorts = new PolicyTokenPorts({
    policy,
    clock,
    egress,
    keySets,
    storedKeys,
    possession,
    introspections,
    problems,
  });

  const known = knownRolesOf(policy, document);
  const read = (path: string): { readonly text: string | null; readonly found: FileProblems } => {
    files.push(path);
    onFile(path);
    const found = problemsOf(path, problems);
    return { text: readIdentityFile(path, found), found };
  };
  const keyPort = (scheme: string, keys: readonly ApiKeyEntry[]): ApiKeyPort => {
    const port = createApiKeyPort(scheme, keys);
    return revocations === null ? port : revocableKeyPort(port, revocations);
  };

  const browsers: [string, LoginPolicy][] = [];
  const adminTokens = policy.admin?.tokens ?? null;
  if (adminTokens !== null) tokens.set(ADMIN_SCHEME, tokenPorts.of(ADMIN_SCHEME, adminTokens));
  for (const [scheme, entry] of entries) {
    if (entry.kind === 'certificate') continue;
    if (entry.kind === 'login') {
      browsers.push([scheme, entry]);
      continue;
    }
    if (entry.kind === 'jwt' || entry.kind === 'introspection') tokens.set(scheme, tokenPorts.of(scheme, entry));
    else if (entry.kind === 'issuers')
      tokens.set(
        scheme,
        createIssuersPort(
          entry.entries.map((one, index) => ({
            issuer: one.issuer,
            introspects: one.kind === 'introspection',
            port: tokenPorts.of(scheme, one, `${scheme}[${index}]`),
          })),
          Math.max(...entry.entries.map(({ maxTokenBytes }) => maxTokenBytes)),
        ),
      );
    else if (entry.kind === 'api-key') {
      if (entry.keys.from === 'inline') apiKeys.set(scheme, keyPort(scheme, entry.keys.entries));
      else if (entry.keys.from === 'store') {
        if (storedKeys !== null) apiKeys.set(scheme, storedKeys.directory.port(scheme));
      } else {
        const { text, found } = read(entry.keys.path);
        if (text !== null) apiKeys.set(scheme, keyPort(scheme, parseApiKeyFile(text, found, known)));
      }
    } else {
      const { text, found } = read(entry.users.path);
      if (text === null) continue;
      const port = createPasswordPort(scheme, parsePasswordFile(text, found, known), options.passwords);
      passwords.set(scheme, revocations === null ? port : revocablePasswordPort(port, revocations));
    }
  }

  // The store of grants alone is not asked for keys and revocations, but for those of administrators.
  const usesGrants = policy.roles?.grants === 'store';
  const offersAdmin = policy.admin !== null && policy.admin.api !== 'off';
  const usesKeys = storedKeys !== null || (usesGrants && offersAdmin);
  if (usesGrants) storedKeys ??= directoryOf(policy, clock, possession, options);
  let logins: Logins | null = null;
  if (storedKeys !== null && browsers.length > 0) {
    const { directory, store, sealer, follow } = storedKeys;
    logins = createLogins(browsers, policy, document, {
      clock,
      egress,
      store,
      sealer,
      graceMs: policy.store?.graceMs ?? 0,
      isTrusted: () => directory.isTrusted(),
      keySetOf: (scheme, entry) =>
        keySets.of(scheme, { keys: { from: 'discovery', issuer: entry.issuer }, place: entry.place }),
      refusePrincipal: (principal, sinceMs, nowMs) => revocations?.refusePrincipal(principal, sinceMs, nowMs) ?? null,
      tell,
      onUnusableKey: (entry, reason) => problems.push(clientKeyProblem(policy, entry, reason)),
    });
    follow((from) => logins?.directory.follow(from) ?? Promise.resolve());
  }
  // Whoever looks does not open the store; what a start could not is found all the same.
  if (storedKeys !== null && options.looksOnly === true && policy.store !== undefined) {
    try {
      checkStoreFiles(policy.store);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      problems.push(storeProblem(policy, error));
    }
  }
  if (problems.length > 0) {
    keySets.close();
    tokenPorts.close();
    void storedKeys?.release();
    throw new ConfigurationError(problems);
  }
  return {
    tokens,
    apiKeys,
    passwords,
    revocations,
    grants: usesGrants ? (storedKeys?.grants.port ?? null) : null,
    logins,
    files,
    possession,
    storedKeys,
    introspections,
    metrics: () => (storedKeys?.metrics() ?? '') + introspections.render(),
    async open() {
      try {
        if (usesKeys) await storedKeys?.directory.open();
        if (usesGrants) await storedKeys?.grants.open();
      } catch (error) {
        throw error instanceof StoreError ? new ConfigurationError([storeProblem(policy, error)]) : error;
      }
    },
    start(told) {
      if (usesKeys) storedKeys?.directory.start();
      if (usesGrants) storedKeys?.grants.start();
      logins?.start();
      keySets.start(told);
    },
    async close() {
      keySets.close();
      tokenPorts.close();
      await logins?.close();
      await storedKeys?.release();
    },
    carryOver: () => keySets.carryOver(),
    status: () => keySets.status(),
  };
}

/** The directory that the one before used, where it is of the same store; another one otherwise. */
function directoryOf(
  { store, tokens: minted }: Policy,
  clock: Clock,
  { replays }: Identity['possession'],
  { previous, looksOnly, tell = () => undefined }: IdentityOptions,
): SharedDirectory {
  if (store === undefined) throw new Error('a policy that was parsed has a store');
  return (
    previous?.storedKeys?.share(store, minted ?? null) ??
    createSharedDirectory(store, clock, { tell }, replays, minted ?? null, looksOnly)
  );
}

/** Whether anything but the grants of roles is kept in the store. */
function keepsInStore(policy: Policy, entries: readonly (readonly [string, AuthenticationPolicy])[]): boolean {
  return (
    entries.some(([, entry]) => entry.kind === 'login' || (entry.kind === 'api-key' && entry.keys.from === 'store')) ||
    (policy.store?.proofs === 'shared' && takesProofs(policy, entries)) ||
    (policy.tokens ?? null) !== null ||
    policy.admin?.api === 'on' ||
    (entries.length > 0 && policy.store?.revocations === 'on')
  );
}

/** Whether a token of some scheme may come with a DPoP proof. */
function takesProofs(policy: Policy, entries: readonly (readonly [string, AuthenticationPolicy])[]): boolean {
  const admin = policy.admin?.tokens ?? null;
  const all: readonly AuthenticationPolicy[] = [
    ...entries.map(([, entry]) => entry),
    ...(admin === null ? [] : [admin]),
  ];
  return all
    .flatMap((entry): readonly AuthenticationPolicy[] => (entry.kind === 'issuers' ? entry.entries : [entry]))
    .some((entry) => (entry.kind === 'jwt' || entry.kind === 'introspection') && (entry.dpop ?? null) !== null);
}
