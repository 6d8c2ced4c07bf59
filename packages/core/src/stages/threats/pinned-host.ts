import type { CharSet } from '../../schema/pattern/char-set.ts';
import { parsePattern } from '../../schema/pattern/parse-pattern.ts';
import type { PatternNode } from '../../schema/pattern/pattern-node.ts';

/**
 * How far a text is known: nothing yet (no `^`), the letters of scheme and host so far, the digits of a port, or the authority and what ends it. Kept as text, the
 * three kinds told apart by a first sign that no state of letters has.
 */
type State = string;
const BEGUN = '=';
const UNBOUND: State = '?';
const PORT: State = ':';
const SETTLED: State = '/';

/** Ways that a beginning can be written in, at most, and choices of one sign. */
const MAX_STATES = 64;
const MAX_SIGNS = 8;
const MAX_REPEATS = 64;
const HAS_HOST = /^=[a-z][a-z0-9+.-]*:\/\/[a-z\d_.-]+$/i;
const ENDS_AUTHORITY = new Set(['/', '?', '#']);

/** Not one of finitely many beginnings. */
class Unpinned extends Error {}

/**
 * Whether a pattern of a schema names the host of every URI that it lets through, and what stands before it: `^https?://(build|registry)(:\d+)?/`. The authority has to
 * come to its end in the pattern: behind `^http://build` anything may follow, `.evil.example` and `@evil.example` among it.
 */
export function pinsHost(source: string): boolean {
  try {
    const states = walk(new Set([UNBOUND]), parsePattern(source, true));
    return [...states].every((state) => state === SETTLED);
  } catch (error) {
    // What cannot be read, and what leaves the host open.
    if (error instanceof Unpinned || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Every state that a text can be in behind the node. */
function walk(states: ReadonlySet<State>, node: PatternNode): ReadonlySet<State> {
  if ([...states].every((state) => state === SETTLED)) return states;
  switch (node.kind) {
    case 'sequence':
      return node.items.reduce(walk, states);
    case 'choice':
      return bounded(node.items.flatMap((item) => [...walk(states, item)]));
    case 'repeat':
      return repeated(states, node.item, node.min, node.max);
    case 'start':
      return bounded([...states].map((state) => (state === UNBOUND ? BEGUN : state)));
    case 'end':
      return bounded([...states].map((state) => (state === UNBOUND ? UNBOUND : SETTLED)));
    case 'set':
      return bounded([...states].flatMap((state) => behind(state, node.set)));
    default:
      throw new Unpinned();
  }
}

function repeated(states: ReadonlySet<State>, item: PatternNode, min: number, max: number): ReadonlySet<State> {
  const all = new Set(min === 0 ? states : []);
  let now = states;
  for (let count = 1; count <= max; count += 1) {
    if (count > MAX_REPEATS) throw new Unpinned();
    now = walk(now, item);
    const before = all.size;
    if (count >= min) for (const state of now) all.add(state);
    // Once more adds nothing: the digits of a port.
    if (count >= min && all.size === before && count > 1) break;
  }
  return bounded([...all]);
}

function behind(state: State, set: CharSet): readonly State[] {
  if (state === SETTLED) return [SETTLED];
  if (state === UNBOUND) throw new Unpinned();
  if (state === PORT && isDigits(set)) return [PORT];
  return signsOf(set).map((sign) => {
    const isAuthority = state === PORT || HAS_HOST.test(state);
    if (isAuthority && ENDS_AUTHORITY.has(sign)) return SETTLED;
    if (state === PORT || sign === '@' || sign === '\\') throw new Unpinned();
    return isAuthority && sign === ':' ? PORT : state + sign;
  });
}

function isDigits(set: CharSet): boolean {
  return set.length === 2 && (set[0] as number) >= 0x30 && (set[1] as number) <= 0x39;
}

function signsOf(set: CharSet): readonly string[] {
  const signs: string[] = [];
  for (let i = 0; i < set.length; i += 2)
    for (let code = set[i] as number; code <= (set[i + 1] as number); code += 1) {
      if (signs.length === MAX_SIGNS) throw new Unpinned();
      signs.push(String.fromCodePoint(code));
    }
  return signs;
}

function bounded(states: readonly State[]): ReadonlySet<State> {
  const all = new Set(states);
  if (all.size > MAX_STATES) throw new Unpinned();
  return all;
}
