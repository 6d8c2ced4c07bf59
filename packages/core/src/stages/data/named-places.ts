import { joinPointer } from '../../json/json-pointer.ts';
import { looseName } from '../validation/loose-names.ts';
import type { MarkedPlace } from './marked-nodes.ts';

/** A place that the name of a field could mean. */
export interface NamedPlace {
  readonly found: MarkedPlace;
  readonly pointer: string;
}

const MAX_STEPS = 64;
const STEP = /[[\].]+/;
/** A name that is the same to everyone. */
const STRICT = /^[a-z0-9_-]*$/;

/** More steps than are followed: what such a name means is not told. */
export function isTooDeep(name: string): boolean {
  return name.split(STEP, MAX_STEPS + 1).length > MAX_STEPS;
}

/**
 * Every place that a name could mean. Readers take `user[role]` and `user.role` for the member `role` of `user`, and `tags[]` for an item of `tags`
 * (PHP, Rails, qs, Spring): what any of them could mean counts. Follows 64 steps.
 */
export function placesOfName(place: MarkedPlace, name: string): NamedPlace[] {
  const found = new Map<MarkedPlace, string>();
  const exact = place.member(name);
  if (exact !== null) found.set(exact, joinPointer('', name));
  if (/[[\].]/.test(name)) {
    let at: MarkedPlace | null = place;
    let pointer = '';
    for (const token of name.split(STEP, MAX_STEPS)) {
      if (token === '') continue;
      pointer = joinPointer(pointer, token);
      const next: MarkedPlace | null = at.member(token) ?? (/^\d+$/.test(token) ? at.item(0) : null);
      if (next === null) break;
      found.set(next, pointer);
      at = next;
    }
  }
  // The field of an array is each of its items.
  for (const [one, pointer] of found) {
    const item = one.item(0);
    if (item !== null) found.set(item, pointer);
  }
  return [...found].map(([one, pointer]) => ({ found: one, pointer }));
}

/**
 * Places that a name means to looser readers only: PHP reads ` ssn` and `ssn%00x` as `ssn`, `ssn[x` as an array of that name, and `home.address[ssn]` as the
 * member `ssn` of `home_address`.
 */
export function loosePlacesOfName(place: MarkedPlace, name: string): NamedPlace[] {
  if (STRICT.test(name)) return [];
  const [cut = ''] = name.trim().split('\0', 1);
  const bracket = cut.indexOf('[', 1);
  const head = looseName(bracket < 0 ? cut : cut.slice(0, bracket));
  const rest = bracket < 0 ? '' : trimmedSteps(cut.slice(bracket));
  const exact = new Set(placesOfName(place, name).map(({ found }) => found));
  const loose = new Set([looseName(name), head + rest]);
  loose.delete(name);
  return [...loose].flatMap((one) => placesOfName(place, one)).filter(({ found }) => !exact.has(found));
}

function trimmedSteps(brackets: string): string {
  const pieces = brackets.split(/([[\]])/);
  return pieces.map((piece) => piece.trim()).join('');
}
