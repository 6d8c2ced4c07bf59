import type { TextPlace } from './text-place.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The names in `owner[name][name]`, the owner's first, no more than `most`; those that are empty are left out. */
export function bracketedNames(name: string, most = Number.POSITIVE_INFINITY): readonly [string, ...string[]] {
  const names: string[] = [];
  for (let at = 0; names.length < most; ) {
    const start = startOfName(name, at);
    if (start === name.length) break;
    at = endOfName(name, start);
    names.push(name.slice(start, at));
  }
  const [owner = name, ...rest] = names;
  return [owner, ...rest];
}

/** The place that names lead to from a field, those between brackets or those of JSON. */
export function followNames(field: TextPlace, names: Iterable<string>): TextPlace {
  let place = field;
  for (const name of names) place = place.below(name);
  return place;
}

/** The place that the names between the brackets lead to, from `owner` on, which is that of the first. A client sends as many as it likes: once they lead nowhere else no text is made of them. */
export function followBrackets(owner: TextPlace, name: string): TextPlace {
  let place = owner;
  for (let at = endOfName(name, startOfName(name, 0)); !place.isSameBelow; ) {
    const start = startOfName(name, at);
    if (start === name.length) break;
    at = endOfName(name, start);
    place = place.below(name.slice(start, at));
  }
  return place;
}

/** Where the next name begins, from a place on; the length where there is none. */
function startOfName(name: string, from: number): number {
  let at = from;
  while (at < name.length && isBracket(name.charCodeAt(at))) at += 1;
  return at;
}

function endOfName(name: string, start: number): number {
  let at = start;
  while (at < name.length && !isBracket(name.charCodeAt(at))) at += 1;
  return at;
}

function isBracket(code: number): boolean {
  return code === OPEN || code === CLOSE;
}
