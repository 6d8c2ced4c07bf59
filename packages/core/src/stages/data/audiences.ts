import type { Audience } from '../../policy/data-policy.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { renderAudience } from './marks.ts';

type Lists = readonly (readonly Audience[])[];

/**
 * Every list that the marks of a body may ask for: those of its declared members, and `stated`, which the policy may ask for by name anywhere.
 * Who is in all of them need not be asked again for each value. Looks at each place once.
 */
export function audiencesOf(
  root: MarkedPlace | null,
  of: 'visible' | 'writable',
  stated: Iterable<readonly Audience[]>,
): Lists {
  const lists = new Map<string, readonly Audience[]>();
  const add = (list: readonly Audience[]): void => void lists.set(renderAudience([list]), list);
  for (const list of stated) add(list);
  const seen = new Set<MarkedPlace>();
  const open: (MarkedPlace | null)[] = [root];
  while (open.length > 0) {
    const place = open.pop() ?? null;
    if (place === null || seen.has(place)) continue;
    seen.add(place);
    for (const list of place.marks?.[of] ?? []) add(list);
    for (const name of place.declared()) open.push(place.member(name));
    open.push(place.item(0));
    // Where any name may come, a map's values have marks of their own.
    open.push(place.member('\u0000'));
  }
  return [...lists.values()];
}
