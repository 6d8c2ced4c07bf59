import {
  ConfigurationError,
  takesOwnTokens,
  type ApiDocument,
  type ApiKeyEntry,
  type ApiKeyPort,
  type AuthenticationPolicy,
  type ConfigurationProblem,
  type GrantPort,
  type IntrospectionPolicy,
  type JwtPolicy,
  type KeySetSource,
  type LoginPolicy,
  type PasswordPort,
  type Policy,
  type TokenPolicy,
} from '@sallyport/core';
import { bindTokenPort } from './bind-token-port.ts';
import { createApiKeyPort } from './create-api-key-port.ts';
import { createFetchJson } from './fetch-json.ts';
import { createEgress, namedBy, type Egress } from '../egress/egress.ts';
import { createIntrospect, type Introspect } from './introspection-client.ts';
import { IntrospectionMetrics } from './introspection-metrics.ts';
import { createIntrospectionPort } from './create-introspection-port.ts';
import { createIssuersPort } from './create-issuers-port.ts';
import { createKeySet, MAX_STALE_MS, type CarriedKeys, type KeySet, type KeySetStatus } from './key-set.ts';
import { createKeySource, doubtAbout, messageOf, parseKeyFile } from './key-source.ts';
import { createLogins, type Logins } from '../login/create-logins.ts';
import { DpopNonces } from './dpop-nonces.ts';
import { ReplayMemory } from './replay-memory.ts';
import { createPasswordPort, type PasswordPortOptions } from './create-password-port.ts';
import { createOwnKeySet } from '../tokens/own-key-set.ts';
import { asKeyOf, countedTokenPort } from './stored-keys/counted-token-port.ts';
import { createTokenPort, type ForgetfulTokenPort } from './create-token-port.ts';
import { parseApiKeyFile } from './api-key-file.ts';
import { knownRolesOf } from './known-roles.ts';
import { parsePasswordFile } from './password-file.ts';
import { problemsOf, readIdentityFile, type FileProblems } from './read-identity-file.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { Revocations } from './revocations/revocations.ts';
import { ADMIN_SCHEME } from './stored-keys/key-life.ts';
import { revocableKeyPort, revocablePasswordPort, revocableTokenPort } from './revocations/revocable-ports.ts';
import { createSharedDirectory, type DirectoryEvents, type SharedDirectory } from './stored-keys/shared-directory.ts';
import type { StartCode } from '../start-codes.ts';
import { StoreError } from '../store/store-error.ts';

/** Everything that proves who is asking: the ports of the authentication stage, by security scheme, and what keeps them fresh. */
export interface Identity {
  readonly tokens: ReadonlyMap<string, ForgetfulTokenPort>;
  readonly apiKeys: ReadonlyMap<string, ApiKeyPort>;
  readonly passwords: ReadonlyMap<string, PasswordPort>;
  /** What was revoked in the store; null where credentials are not held against that. */
  readonly revocations: Revocations | null;
  /** The roles granted in the store; null where the policy takes none from there. */
  readonly grants: GrantPort | null;
  /** Sessions of browsers, and the paths where they begin and end; null where nobody logs in here. */
  readonly logins: Logins | null;
  /** Files of keys and users that were read: a change of one asks for a reload. Key sets are read again by themselves. */
  readonly files: readonly string[];
  /** What proofs of possession are held against, for the identity that takes over on a reload: else each reload would let every proof count again. */
  readonly possession: Possession;
  /**
   * Opens the store where a scheme has its keys there. A store that is away for the moment is waited for later; throws `ConfigurationError`
   * for one that will not do without somebody's help.
   */
  open(): Promise<void>;
  /**
   * Begins to load key sets, without waiting; the first token waits for its set, at most five seconds. Follows the store. `told` hears of sets that cannot be
   * loaded, once a reason, and of those that can be again.
   */
  start(told?: (schemes: string, error: string | null) => void): void;
  /** Resolves when the store is closed, the last uses of keys noted; everything else is closed at once. */
  close(): Promise<void>;
  /** The keys that are in use, by their source, for the identity that takes over on a reload. */
  carryOver(): ReadonlyMap<string, CarriedKeys>;
  /** Prometheus text of the store and of introspection; empty where there is neither. */
  metrics(): string;
  /** What was counted, for the identity that takes over on a reload: counters never go back. */
  readonly introspections: IntrospectionMetrics;
  /** The keys and revocations of the store, also for the identity that takes over on a reload. Null where nothing needs it. */
  readonly storedKeys: SharedDirectory | null;
  /** The key set of each token scheme; of several issuers under one scheme, with their place in the list: `scheme[0]`. */
  status(): readonly (KeySetStatus & { readonly scheme: string })[];
}

/** What must outlive a reload. */
export interface Possession {
  readonly replays: ReplayMemory;
  /** Nonces without a secret in the policy. */
  readonly nonces: DpopNonces;
}

export interface IdentityOptions {
  readonly clock?: Clock;
  readonly passwords?: PasswordPortOptions;
  /** True: the store is looked at, and neither made nor changed. */
  readonly looksOnly?: boolean;
  /** The identity before a reload. Its fetched keys serve until new ones are loaded: a reload while the issuer is down must not lock everybody out. */
  readonly previous?: Pick<Identity, 'carryOver'> &
    Partial<Pick<Identity, 'possession' | 'storedKeys' | 'introspections'>>;
  /** What issuers are asked through. Default: by the policy, with the system's own look-up. */
  readonly egress?: Egress;
  /** Told what becomes of the store. */
  readonly tell?: DirectoryEvents['tell'];
}

/**
 * Makes the ports that the policy configures for schemes of the document. Reads files at once and opens no connection. Throws
 * `ConfigurationError` with every problem: files that cannot be read, entries that are wrong (with their lines), addresses of key sets
 * that may not be asked. Paths of the policy are absolute by then. Entries for schemes that the document does not have are the plan's to report.
 */
export function createIdentity(policy: Policy, document: ApiDocument, options: IdentityOptions = {}): Identity {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const problems: ConfigurationProblem[] = [];
  const files: string[] = [];
  const tokens = new Map<string, ForgetfulTokenPort>();
  const apiKeys = new Map<string, ApiKeyPort>();
  const passwords = new Map<string, PasswordPort>();
  const keySets = new Map<string, KeySet>();
  const keySetOf: { readonly scheme: string; readonly keySet: KeySet }[] = [];
  const carried = options.previous?.carryOver();
  const egress = options.egress ?? createEgress(policy.egress);
  const closers: (() => void)[] = [];
  const possession = options.previous?.possession ?? { replays: new ReplayMemory(), nonces: new DpopNonces() };
  const staleness = smallestStaleness(policy, document);

  const known = knownRolesOf(policy, document);

  let storedKeys: SharedDirectory | null = null;
  const introspections = options.previous?.introspections ?? new IntrospectionMetrics();
  const tokensPolicy = policy.tokens ?? null;
  const entries = [...policy.authentication].filter(([scheme]) => document.securitySchemes.has(scheme));
  const keepsKeys = entries.some(([, entry]) => entry.kind === 'api-key' && entry.keys.from === 'store');
  const directoryOf = ({ store }: Policy): SharedDirectory => {
    if (store === undefined) throw new Error('a policy that was parsed has a store');
    return (
      options.previous?.storedKeys?.share(store, tokensPolicy) ??
      createSharedDirectory(
        store,
        clock,
        { tell: options.tell ?? (() => undefined) },
        possession.replays,
        tokensPolicy,
        options.looksOnly,
      )
    );
  };

  const keepsSessions = entries.some(([, entry]) => entry.kind === 'login');
  const administers = policy.admin?.api === 'on';
  const sharesProofs = policy.store?.proofs === 'shared' && takesProofs(policy, entries);
  if (
    keepsKeys ||
    sharesProofs ||
    keepsSessions ||
    tokensPolicy !== null ||
    administers ||
    (entries.length > 0 && policy.store?.revocations === 'on')
  )
    storedKeys = directoryOf(policy);
  const revocations = storedKeys?.revocations ?? null;

  const read = (path: string): { readonly text: string | null; readonly found: FileProblems } => {
    files.push(path);
    const found = problemsOf(path, problems);
    return { text: readIdentityFile(path, found), found };
  };

  function ownKeySet({ keys }: Pick<JwtPolicy, 'keys'>): KeySet | null {
    const signing = storedKeys?.signingKeys ?? null;
    return keys.from === 'self' && signing !== null ? createOwnKeySet(signing) : null;
  }

  function keySetFor(name: string, entry: Pick<JwtPolicy, 'keys' | 'place'>): KeySet {
    // Entries of one issuer share its key set: one load, not one for each.
    const source = entry.keys;
    const id = JSON.stringify(source);
    let keySet = keySets.get(id);
    if (keySet === undefined) {
      const url = addressOf(source);
      const { fetchJson, close } = createFetchJson(egress, {
        purpose: 'keys',
        names: namedBy(url === null ? [] : [url]),
      });
      closers.push(close);
      keySet = createKeySet(
        createKeySource(source, fetchJson, () => clock.nowMs()),
        {
          clock,
          maxStaleMs: staleness.get(id) ?? MAX_STALE_MS,
          initial: checkKeySource(source, entry, policy, problems, clock.nowMs()) ?? carried?.get(id) ?? null,
        },
      );
      keySets.set(id, keySet);
    }
    keySetOf.push({ scheme: name, keySet });
    return keySet;
  }

  function introspectionPort(scheme: string, entry: IntrospectionPolicy): ForgetfulTokenPort {
    const { endpoint } = entry;
    const url = endpoint.from === 'url' ? endpoint.url : endpoint.issuer;
    const doubt = doubtAbout(url, url, 'introspection endpoint');
    if (doubt !== null)
      problems.push(problemAt(policy, entry, 'INTROSPECTION_ADDRESS', doubt, 'Use an https address.'));
    const connections = createFetchJson(egress, { purpose: 'introspection', names: namedBy([url]) }, entry.concurrency);
    closers.push(connections.close);
    let introspect: Introspect = () => Promise.reject(new Error('our key cannot be used'));
    try {
      introspect = createIntrospect(entry, connections, () => clock.nowMs());
    } catch (error) {
      problems.push(clientKeyProblem(policy, entry, messageOf(error)));
    }
    return createIntrospectionPort(scheme, entry, introspections.measure(scheme, introspect), clock);
  }

  /** `name` tells the entry from others of its scheme in metrics. */
  function tokenPort(scheme: string, entry: TokenPolicy, name = scheme): ForgetfulTokenPort {
    const minted = entry.kind === 'jwt' && takesOwnTokens(entry, tokensPolicy);
    const verified =
      entry.kind === 'jwt'
        ? createTokenPort(
            scheme,
            entry,
            ownKeySet(entry) ?? keySetFor(name, entry),
            undefined,
            minted ? asKeyOf : undefined,
          )
        : introspectionPort(scheme, entry);
    const counted = minted ? (storedKeys?.countedKeys ?? null) : null;
    const port = counted === null ? verified : countedTokenPort(verified, counted);
    const dpop = entry.dpop ?? null;
    return bindTokenPort(revocations === null ? port : revocableTokenPort(port, revocations, minted), {
      dpop,
      clockToleranceMs: entry.clockToleranceSeconds * 1000,
      replays: storedKeys?.replays ?? possession.replays,
      nonces:
        dpop?.nonce !== true
          ? null
          : dpop.nonceSecret === null
            ? possession.nonces
            : new DpopNonces(dpop.nonceSecret.reveal()),
    });
  }

  const keyPort = (scheme: string, keys: readonly ApiKeyEntry[]): ApiKeyPort => {
    const port = createApiKeyPort(scheme, keys);
    return revocations === null ? port : revocableKeyPort(port, revocations);
  };

  const browsers: [string, LoginPolicy][] = [];
  const adminTokens = policy.admin?.tokens ?? null;
  if (adminTokens !== null) tokens.set(ADMIN_SCHEME, tokenPort(ADMIN_SCHEME, adminTokens));
  for (const [scheme, entry] of entries) {
    if (entry.kind === 'certificate') continue;
    if (entry.kind === 'login') {
      browsers.push([scheme, entry]);
      continue;
    }
    if (entry.kind === 'jwt' || entry.kind === 'introspection') tokens.set(scheme, tokenPort(scheme, entry));
    else if (entry.kind === 'issuers')
      tokens.set(
        scheme,
        createIssuersPort(
          entry.entries.map((one, index) => ({
            issuer: one.issuer,
            introspects: one.kind === 'introspection',
            port: tokenPort(scheme, one, `${scheme}[${index}]`),
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
  if (usesGrants) storedKeys ??= directoryOf(policy);
  let logins: Logins | null = null;
  if (storedKeys !== null && browsers.length > 0) {
    const { directory, store, sealer, follow } = storedKeys;
    logins = createLogins(browsers, policy, document, {
      clock,
      egress,
      store,
      sealer,
      graceMs: policy.store?.graceMs ?? 0,
      isTrusted: (nowMs) => directory.isTrusted(nowMs),
      keySetOf: (scheme, entry) =>
        keySetFor(scheme, { keys: { from: 'discovery', issuer: entry.issuer }, place: entry.place }),
      refusePrincipal: (principal, sinceMs, nowMs) => revocations?.refusePrincipal(principal, sinceMs, nowMs) ?? null,
      tell: options.tell ?? (() => undefined),
      onUnusableKey: (entry, reason) => problems.push(clientKeyProblem(policy, entry, reason)),
    });
    follow((from) => logins?.directory.follow(from) ?? Promise.resolve());
  }
  if (problems.length > 0) {
    for (const close of closers) close();
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
      for (const keySet of keySets.values()) {
        const schemes = keySetOf.filter((used) => used.keySet === keySet).map(({ scheme }) => scheme);
        keySet.start((error) => told?.(schemes.join(', '), error));
      }
    },
    async close() {
      for (const keySet of keySets.values()) keySet.close();
      for (const close of closers) close();
      await logins?.close();
      await storedKeys?.release();
    },
    carryOver() {
      const carriedOn = new Map<string, CarriedKeys>();
      for (const [id, keySet] of keySets) {
        const keys = keySet.carryOver();
        if (keys !== null) carriedOn.set(id, keys);
      }
      return carriedOn;
    },
    status: () => keySetOf.map(({ scheme, keySet }) => ({ scheme, ...keySet.status() })),
  };
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

function storeProblem(policy: Policy, { kind, message }: StoreError): ConfigurationProblem {
  const place = policy.locate?.({ file: policy.file ?? '', pointer: '/store' }) ?? {
    file: policy.file ?? '',
    line: 0,
    column: 0,
  };
  const code: StartCode = kind === 'newer' ? 'STORE_NEWER' : kind === 'key' ? 'STORE_KEY' : 'STORE_UNUSABLE';
  return { ...place, code, path: '/store', message, hint: null };
}

/** Reports what is wrong with a source of keys as far as can be told without a connection; a file is read and its keys returned. */
function checkKeySource(
  keys: KeySetSource,
  entry: Pick<JwtPolicy, 'place'>,
  policy: Policy,
  problems: ConfigurationProblem[],
  nowMs: number,
): CarriedKeys | null {
  if (keys.from === 'file') {
    const found = problemsOf(keys.path, problems);
    const text = readIdentityFile(keys.path, found);
    if (text === null) return null;
    try {
      return { ...parseKeyFile(Buffer.from(text)), loadedAtMs: nowMs };
    } catch (error) {
      found.add(
        'KEY_SET_FILE_INVALID',
        '',
        null,
        `the key set cannot be used: ${messageOf(error)}`,
        'Write a JSON Web Key Set with at least one key for signatures.',
      );
      return null;
    }
  }
  const url = addressOf(keys);
  const doubt = url === null ? null : doubtAbout(url, url);
  if (doubt !== null) problems.push(problemAt(policy, entry, 'KEY_SET_ADDRESS', doubt, 'Use an https address.'));
  return null;
}

/** The address that the policy itself names; null for keys of our own and of files. */
function addressOf(keys: KeySetSource): string | null {
  return keys.from === 'url' ? keys.url : keys.from === 'discovery' ? keys.issuer : null;
}

function clientKeyProblem(policy: Policy, entry: Pick<TokenPolicy, 'place'>, message: string): ConfigurationProblem {
  return problemAt(
    policy,
    entry,
    'CLIENT_KEY_INVALID',
    `clientKey cannot be used: ${message}`,
    'Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client.pem',
  );
}

function problemAt(
  policy: Policy,
  { place }: Pick<TokenPolicy, 'place'>,
  code: StartCode,
  message: string,
  hint: string,
): ConfigurationProblem {
  return {
    ...(policy.locate?.(place) ?? { file: place?.file ?? policy.file ?? '', line: 0, column: 0 }),
    code,
    path: place?.pointer ?? '',
    message,
    hint,
  };
}

/** How long keys of each source may be stale; where entries that share it differ, the strictest counts. */
function smallestStaleness(policy: Policy, document: ApiDocument): ReadonlyMap<string, number> {
  const smallest = new Map<string, number>();
  for (const [scheme, entry] of policy.authentication) {
    if (!document.securitySchemes.has(scheme)) continue;
    for (const one of entry.kind === 'issuers' ? entry.entries : [entry]) {
      if (one.kind !== 'jwt') continue;
      const id = JSON.stringify(one.keys);
      smallest.set(id, Math.min(smallest.get(id) ?? Infinity, one.maxStaleMs ?? MAX_STALE_MS));
    }
  }
  return smallest;
}
