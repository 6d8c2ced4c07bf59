import { classifyAddress, liesIn, type AddressClass } from './classify-address.ts';

/** Where Sallyport may connect beyond the internet and what the policy itself names. */
export interface EgressPolicy {
  /** `ADDRESS/PREFIX`. */
  readonly ranges: readonly string[];
  /** In lower case; `*.` in front stands for one label. */
  readonly hosts: readonly string[];
}

/** What is allowed where nothing is said. */
export const NO_EGRESS: EgressPolicy = { ranges: [], hosts: [] };

/**
 * Judges one address that a host name led to. Null: it may be connected to. `named`: the policy itself names the host; else a document from
 * outside does, and that reaches the internet only, and what `egress.allow` lists. What is never asked is refused whoever names it.
 */
export function refuseAddress(
  address: string,
  host: string,
  named: boolean,
  egress: EgressPolicy,
): Exclude<AddressClass, 'public'> | null {
  const kind = classifyAddress(address);
  if (kind === 'public') return null;
  if (kind === 'never' || named || allowsHost(host, egress)) return kind === 'never' ? kind : null;
  return liesIn(address, egress.ranges) ? null : kind;
}

function allowsHost(host: string, { hosts }: EgressPolicy): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const dot = name.indexOf('.');
  return hosts.includes(name) || (dot > 0 && hosts.includes(`*${name.slice(dot)}`));
}
