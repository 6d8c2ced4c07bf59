import { readFileSync } from 'node:fs';

/** Descriptors for all that is neither a client's connection nor one to the upstream: files, the store, issuers, administration. */
const OWN_DESCRIPTORS = 128;
/** So many are taken however few descriptors there are. */
const MIN_CONNECTIONS = 8;

/**
 * How many connections a listener may take at once so that descriptors do not run out: of those that the process may have, its own and the
 * connections to the upstream are set aside, or half where that leaves less. `listeners` share them evenly. Past the last descriptor the system
 * drops clients without a word, and neither the upstream nor a file can be opened. What was asked for where the limit is not known.
 */
export function connectionBound(
  asked: number,
  upstreamConnections: number,
  listeners: number,
  descriptors: number | null,
): number {
  if (descriptors === null) return asked;
  const left = descriptors - OWN_DESCRIPTORS;
  const share = Math.floor(Math.max(left - upstreamConnections, left / 2) / listeners);
  return Math.min(asked, Math.max(MIN_CONNECTIONS, share));
}

/** How many descriptors this process may have; null where the system does not say, or sets no limit. */
export function descriptorLimit(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}
