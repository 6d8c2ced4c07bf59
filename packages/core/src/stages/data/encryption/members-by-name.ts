import { foldCase } from '../../../json/fold-case.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import type { Marks } from '../marks.ts';

const NOTHING_SAID: Marks = { kinds: 0, classes: [], visible: [], writable: [], texts: [], encrypted: false };

/** A place in which members of these names, case folded, are visited wherever they stand. */
export function membersByName(names: ReadonlySet<string>): MarkedPlace {
  const place = (marks: Marks | null): MarkedPlace => ({
    marks,
    member: (name) => (names.has(foldCase(name)) ? found : elsewhere),
    item: () => elsewhere,
    declared: () => [],
  });
  const elsewhere = place(null);
  const found = place(NOTHING_SAID);
  return elsewhere;
}
