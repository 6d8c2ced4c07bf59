import type { TextPlace } from './text-place.ts';

const MAX_LISTED = 40;
const MAX_DEPTH = 5;
const MAX_FREE = 200;
/** Places that are gone through: the ways that lead to a place multiply. */
const MAX_VISITED = 2_000;

/** Which texts of a body are looked into, and which are not and why, in words, a line each. `enforced`: whether what schemas say holds. */
export function describePlaces(roots: readonly TextPlace[], enforced: boolean): readonly string[] {
  const list = new PlaceList(enforced);
  for (const root of roots) list.add(root, '', 0);
  const names = [...new Set(list.free)];
  const lines: string[] = [];
  if (names.length > 0)
    lines.push(
      `looked into: body ${names.slice(0, MAX_LISTED).join(', ')}${names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : ''}`,
    );
  if (enforced)
    for (const [reason, places] of list.confined)
      lines.push(`not looked into: body ${[...new Set(places)].slice(0, MAX_LISTED).join(', ')}, ${reason}`);
  return lines;
}

class PlaceList {
  readonly free: string[] = [];
  readonly confined = new Map<string, string[]>();
  readonly #enforced: boolean;
  #visited = 0;

  constructor(enforced: boolean) {
    this.#enforced = enforced;
  }

  add(place: TextPlace, pointer: string, depth: number): void {
    this.#visited += 1;
    if (depth > MAX_DEPTH || this.free.length > MAX_FREE || this.#visited > MAX_VISITED) return;
    const here = pointer === '' ? '/' : pointer;
    const names = place.names();
    if (place.confined === null) {
      if (place.holdsText && (names.length === 0 || (place.isOpen && depth > 0)))
        this.free.push(place.isUri(this.#enforced) ? `${here} (a URI)` : here);
    } else if (place.confined !== 'a structure') {
      const before = this.confined.get(place.confined);
      if (before === undefined) this.confined.set(place.confined, [here]);
      else before.push(here);
    }
    if (place.holdsArray) this.add(place.anyItem, `${pointer}/*`, depth + 1);
    for (const name of names) this.add(place.member(name), `${pointer}/${name}`, depth + 1);
  }
}
