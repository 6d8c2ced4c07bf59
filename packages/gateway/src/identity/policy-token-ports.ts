import {
  takesOwnTokens,
  type ConfigurationProblem,
  type IntrospectionPolicy,
  type JwtPolicy,
  type Policy,
  type TokenPolicy,
} from '@sallyport/core';
import { bindTokenPort } from './bind-token-port.ts';
import type { Clock } from '../clock.ts';
import { createIntrospectionPort } from './create-introspection-port.ts';
import { createTokenPort, type ForgetfulTokenPort } from './create-token-port.ts';
import { DpopNonces } from './dpop-nonces.ts';
import { namedBy, type Egress } from '../egress/egress.ts';
import { createFetchJson } from './fetch-json.ts';
import type { Possession } from './identity.ts';
import { clientKeyProblem, problemAt } from './identity-problems.ts';
import { createIntrospect, type Introspect } from './introspection-client.ts';
import type { IntrospectionMetrics } from './introspection-metrics.ts';
import type { KeySet } from './key-set.ts';
import { doubtAbout } from '../egress/doubt-about.ts';
import { failureReason } from '../egress/failure-reason.ts';
import type { PolicyKeySets } from './policy-key-sets.ts';
import { revocableTokenPort } from './revocations/revocable-ports.ts';
import { asKeyOf, countedTokenPort } from './stored-keys/counted-token-port.ts';
import type { SharedDirectory } from './stored-keys/shared-directory.ts';
import { createOwnKeySet } from '../tokens/own-key-set.ts';

export interface PolicyTokenPortsOptions {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly egress: Egress;
  readonly keySets: PolicyKeySets;
  readonly storedKeys: SharedDirectory | null;
  readonly possession: Possession;
  readonly introspections: IntrospectionMetrics;
  /** What is wrong with entries is added to these. */
  readonly problems: ConfigurationProblem[];
}

/** Makes the ports of tokens that a policy takes: verified or asked about, counted, held against revocations, and against what they are bound to. */
export class PolicyTokenPorts {
  readonly #options: PolicyTokenPortsOptions;
  readonly #closers: (() => void)[] = [];

  constructor(options: PolicyTokenPortsOptions) {
    this.#options = options;
  }

  /** `name` tells the entry from others of its scheme in metrics. */
  of(scheme: string, entry: TokenPolicy, name = scheme): ForgetfulTokenPort {
    const { policy, storedKeys, possession } = this.#options;
    const minted = entry.kind === 'jwt' && takesOwnTokens(entry, policy.tokens ?? null);
    const verified = entry.kind === 'jwt' ? this.#verifying(scheme, entry, name, minted) : this.#asking(scheme, entry);
    const counted = minted ? (storedKeys?.countedKeys ?? null) : null;
    const port = counted === null ? verified : countedTokenPort(verified, counted);
    const revocations = storedKeys?.revocations ?? null;
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

  #verifying(scheme: string, entry: JwtPolicy, name: string, minted: boolean): ForgetfulTokenPort {
    const keySet = this.#ownKeySet(entry) ?? this.#options.keySets.of(name, entry);
    return createTokenPort(scheme, entry, keySet, undefined, minted ? asKeyOf : undefined);
  }

  #ownKeySet({ keys }: Pick<JwtPolicy, 'keys'>): KeySet | null {
    const signing = this.#options.storedKeys?.signingKeys ?? null;
    return keys.from === 'self' && signing !== null ? createOwnKeySet(signing) : null;
  }

  #asking(scheme: string, entry: IntrospectionPolicy): ForgetfulTokenPort {
    const { policy, clock, egress, introspections, problems } = this.#options;
    const { endpoint } = entry;
    const url = endpoint.from === 'url' ? endpoint.url : endpoint.issuer;
    const doubt = doubtAbout(url, url, 'introspection endpoint');
    if (doubt !== null)
      problems.push(problemAt(policy, entry, 'INTROSPECTION_ADDRESS', doubt, 'Use an https address.'));
    const connections = createFetchJson(egress, { purpose: 'introspection', names: namedBy([url]) }, entry.concurrency);
    this.#closers.push(connections.close);
    let introspect: Introspect = () => Promise.reject(new Error('our key cannot be used'));
    try {
      introspect = createIntrospect(entry, connections, clock);
    } catch (error) {
      problems.push(clientKeyProblem(policy, entry, failureReason(error)));
    }
    return createIntrospectionPort(scheme, entry, introspections.measure(scheme, introspect), clock);
  }

  close(): void {
    for (const close of this.#closers) close();
  }
}
