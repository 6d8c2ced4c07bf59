import type { ApiDocument, ConfigurationProblem, JwtPolicy, KeySetSource, Policy } from '@sallyport/core';
import type { Clock } from '../clock.ts';
import { namedBy, type Egress } from '../egress/egress.ts';
import { createFetchJson } from './fetch-json.ts';
import { problemAt } from './identity-problems.ts';
import { createKeySet, MAX_STALE_MS, type CarriedKeys, type KeySet, type KeySetStatus } from './key-set.ts';
import { doubtAbout } from '../egress/doubt-about.ts';
import { failureReason } from '../egress/failure-reason.ts';
import { createKeySource, parseKeyFile } from './key-source.ts';
import { problemsOf, readIdentityFile } from './read-identity-file.ts';

export interface PolicyKeySetsOptions {
  readonly policy: Policy;
  readonly document: ApiDocument;
  readonly clock: Clock;
  readonly egress: Egress;
  /** Keys in use before a reload, by their source. */
  readonly carried: ReadonlyMap<string, CarriedKeys> | undefined;
  /** What is wrong with sources is added to these. */
  readonly problems: ConfigurationProblem[];
  /** Told of every file that is asked for, there or not. */
  readonly onFile: (file: string) => void;
}

/** The key sets that a policy names. Entries of one issuer share one: it is loaded once, not once for each. */
export class PolicyKeySets {
  readonly #options: PolicyKeySetsOptions;
  /** By the source of each as JSON. */
  readonly #sets = new Map<string, KeySet>();
  readonly #users: { readonly scheme: string; readonly keySet: KeySet }[] = [];
  readonly #closers: (() => void)[] = [];
  readonly #staleness: ReadonlyMap<string, number>;

  constructor(options: PolicyKeySetsOptions) {
    this.#options = options;
    this.#staleness = smallestStaleness(options.policy, options.document);
  }

  /** The set of an entry; `scheme` tells the entry from others in the status. Opens no connection. */
  of(scheme: string, entry: Pick<JwtPolicy, 'keys' | 'place'>): KeySet {
    const id = JSON.stringify(entry.keys);
    let keySet = this.#sets.get(id);
    if (keySet === undefined) {
      keySet = this.#create(id, entry);
      this.#sets.set(id, keySet);
    }
    this.#users.push({ scheme, keySet });
    return keySet;
  }

  #create(id: string, entry: Pick<JwtPolicy, 'keys' | 'place'>): KeySet {
    const { clock, egress, carried } = this.#options;
    const url = addressOf(entry.keys);
    const { fetchJson, close } = createFetchJson(egress, {
      purpose: 'keys',
      names: namedBy(url === null ? [] : [url]),
    });
    this.#closers.push(close);
    return createKeySet(
      createKeySource(entry.keys, fetchJson, () => clock.steadyMs()),
      {
        clock,
        maxStaleMs: this.#staleness.get(id) ?? MAX_STALE_MS,
        initial: this.#check(entry) ?? carried?.get(id) ?? null,
      },
    );
  }

  /** Reports what is wrong with a source as far as can be told without a connection; a file is read and its keys returned. */
  #check(entry: Pick<JwtPolicy, 'keys' | 'place'>): CarriedKeys | null {
    const { policy, problems, clock, onFile } = this.#options;
    const { keys } = entry;
    if (keys.from === 'file') {
      const found = problemsOf(keys.path, problems);
      onFile(keys.path);
      const text = readIdentityFile(keys.path, found);
      if (text === null) return null;
      try {
        return { ...parseKeyFile(Buffer.from(text)), loadedAtMs: clock.nowMs(), loadedAtSteadyMs: clock.steadyMs() };
      } catch (error) {
        found.add(
          'KEY_SET_FILE_INVALID',
          '',
          null,
          `the key set cannot be used: ${failureReason(error)}`,
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

  /** Begins to load them, without waiting. `told` hears of those that cannot be loaded, once a reason, and of those that can be again. */
  start(told?: (schemes: string, error: string | null) => void): void {
    for (const keySet of this.#sets.values()) {
      const schemes = this.#users.filter((user) => user.keySet === keySet).map(({ scheme }) => scheme);
      keySet.start((error) => told?.(schemes.join(', '), error));
    }
  }

  close(): void {
    for (const keySet of this.#sets.values()) keySet.close();
    for (const close of this.#closers) close();
  }

  /** The keys that are in use, by their source. */
  carryOver(): ReadonlyMap<string, CarriedKeys> {
    const carriedOn = new Map<string, CarriedKeys>();
    for (const [id, keySet] of this.#sets) {
      const keys = keySet.carryOver();
      if (keys !== null) carriedOn.set(id, keys);
    }
    return carriedOn;
  }

  status(): readonly (KeySetStatus & { readonly scheme: string })[] {
    return this.#users.map(({ scheme, keySet }) => ({ scheme, ...keySet.status() }));
  }
}

/** The address that the policy itself names; null for keys of our own and of files. */
function addressOf(keys: KeySetSource): string | null {
  return keys.from === 'url' ? keys.url : keys.from === 'discovery' ? keys.issuer : null;
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
