import { foldCase } from '../../json/fold-case.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { ENCRYPTED, type Marks } from './marks.ts';

const NOTHING_SAID: Marks = { kinds: 0, classes: [], visible: [], writable: [], texts: [], encrypted: false };
const SEALED: Marks = { ...NOTHING_SAID, kinds: ENCRYPTED, encrypted: true };

/** A place in which members of these names, case folded, are visited wherever they stand. */
export function membersByName(names: ReadonlySet<string>): MarkedPlace {
  return placeOf(names, NOTHING_SAID);
}

/** The same where they are encrypted. */
export function encryptedByName(names: ReadonlySet<string>): MarkedPlace {
  return placeOf(names, SEALED);
}

function placeOf(names: ReadonlySet<string>, ofNamed: Marks): MarkedPlace {
  const place = (marks: Marks | null): MarkedPlace => ({
    marks,
    names,
    member: (name) => (names.has(foldCase(name)) ? found : elsewhere),
    item: () => elsewhere,
    declared: () => [],
  });
  const elsewhere = place(null);
  const found = place(ofNamed);
  return elsewhere;
}
