import { lookup as lookupAddress } from 'node:dns/promises';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { NO_EGRESS, refuseAddress, type EgressPolicy } from '@sallyport/core';
import { CounterFamily } from '../metrics/counter-family.ts';

/** Finds the addresses of a host name. Rejects with the error of the system. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Who connects; a label of the metrics. */
export type EgressPurpose =
  | 'keys'
  | 'introspection'
  | 'login'
  | 'client-status'
  | 'stapling'
  | 'acme'
  | 'ownership'
  | 'vault'
  | 'kms'
  | 'upstream';

/** Where a connection is to lead. */
export interface EgressTarget {
  /** `https:` or `http:`. */
  readonly protocol: string;
  /** Without brackets. */
  readonly hostname: string;
  /** Empty: that of the protocol. */
  readonly port: string;
}

export interface EgressClient {
  readonly purpose: EgressPurpose;
  /** True where the policy itself names the target; else a document from outside does. */
  readonly names: (target: EgressTarget) => boolean;
}

/** Decides, by the addresses that a name leads to, where this process connects to by itself. */
export interface Egress {
  /** What is allowed beyond the internet and what the policy names. */
  readonly policy: EgressPolicy;
  /** Connections of one client, which must close it. `ca` in PEM is believed instead of what the system trusts. */
  dispatcher(client: EgressClient, options: Agent.Options & { readonly ca?: string | null }): Dispatcher;
  /** Looks names up for a socket: it connects to what was checked, for there is no other look-up. */
  lookup(purpose: EgressPurpose, named: boolean): LookupFunction;
}

/** What connections of our own are made with. */
export interface EgressOptions {
  /** Default: that of the system. */
  readonly resolve?: Resolve;
  /** Where refusals are counted; shared over reloads, for counters never go back. */
  readonly refusals?: CounterFamily;
}

/** An address that is not connected to. Its message is for the operator. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
}

/** More addresses than any honest name has. */
const MAX_ADDRESSES = 64;

const WHAT = {
  private: 'an address that is not public',
  loopback: 'this machine itself',
  never: 'an address that nothing is ever asked at',
} as const;

/** Makes the family that refusals are counted in. */
export function egressRefusals(): CounterFamily {
  return new CounterFamily(
    'sallyport_egress_refused_total',
    'Connections of our own that were not made, by who wanted them and where they led.',
    ['purpose', 'address'],
  );
}

/** Names the targets of URLs: scheme, host and port must be the same, for another port of a host is another service. */
export function namedBy(urls: readonly string[]): EgressClient['names'] {
  const origins = new Set(urls.map((url) => URL.parse(url)?.origin));
  return ({ protocol, hostname, port }) => {
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
    return origins.has(URL.parse(`${protocol}//${host}${port === '' ? '' : `:${port}`}`)?.origin ?? '');
  };
}

/**
 * Makes what all connections of our own are opened by (against SSRF and DNS rebinding). A name is looked up once for each connection, every address that it leads to is
 * checked, one bad address refuses the name, and the connection is made to an address of that list. What the policy names may lead anywhere but to metadata
 * services and links; what a document from outside names leads to the internet, or to what `egress.allow` lists.
 */
export function createEgress(policy: EgressPolicy = NO_EGRESS, options: EgressOptions = {}): Egress {
  const { resolve = systemResolve, refusals = egressRefusals() } = options;

  function check(address: string, hostname: string, purpose: EgressPurpose, named: boolean): EgressError | null {
    const refused = refuseAddress(address, hostname, named, policy);
    if (refused === null) return null;
    refusals.add(`${purpose}\n${refused}`);
    const remedy = refused === 'never' ? '' : '; where that is meant, list it in egress.allow';
    return new EgressError(`${hostname} leads to ${WHAT[refused]}${remedy}`);
  }

  async function find(hostname: string, purpose: EgressPurpose, named: boolean): Promise<readonly LookupAddress[]> {
    const found = await resolve(hostname);
    if (found.length === 0 || found.length > MAX_ADDRESSES) throw new EgressError(`${hostname} leads nowhere`);
    for (const { address } of found) {
      const refused = check(address, hostname, purpose, named);
      if (refused !== null) throw refused;
    }
    return found;
  }

  const lookup: Egress['lookup'] =
    (purpose, named) =>
    (hostname, { all, family }, done) => {
      find(hostname, purpose, named).then(
        (found) => {
          const wanted = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found;
          const [first] = wanted;
          if (first === undefined) done(new EgressError(`${hostname} leads nowhere`), '', 0);
          else if (all === true) done(null, [...wanted]);
          else done(null, first.address, first.family);
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), '', 0),
      );
    };

  return {
    policy,
    lookup,
    dispatcher({ purpose, names }, { ca = null, ...agent }) {
      const connectors = [false, true].map((named) =>
        buildConnector({
          allowH2: false,
          autoSelectFamily: true,
          lookup: lookup(purpose, named),
          ...(ca === null ? {} : { ca }),
        }),
      );
      const [outside, inside] = connectors as [buildConnector.connector, buildConnector.connector];
      return new Agent({
        ...agent,
        connect(target, callback) {
          const named = names(target);
          // An address that is written out is not looked up, and a socket would connect to it unasked.
          const refused = isIP(target.hostname) === 0 ? null : check(target.hostname, target.hostname, purpose, named);
          if (refused !== null) queueMicrotask(() => callback(refused, null));
          else (named ? inside : outside)(target, callback);
        },
      });
    },
  };
}

function systemResolve(hostname: string): Promise<readonly LookupAddress[]> {
  return lookupAddress(hostname, { all: true });
}
