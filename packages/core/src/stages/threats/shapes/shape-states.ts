import type { CharSet } from '../../../schema/pattern/char-set.ts';
import { parsePattern } from '../../../schema/pattern/parse-pattern.ts';
import type { PatternNode } from '../../../schema/pattern/pattern-node.ts';

/*
 * What the characters of a pattern can follow each other by. What looks ahead or behind is taken to hold, and a long repetition for any number: it
 * goes on where the pattern would, and sometimes where it would not.
 */

/** The classes that characters are told apart by: ASCII one by one, all beyond it, and the end of the text. */
export const BEYOND = 128;
export const END = 129;
export const CLASSES = 130;

/** A state of a pattern: a character and what it leads to, a fork, or the end of the pattern. */
export type State =
  | { readonly kind: 'character'; readonly id: number; readonly classes: Uint8Array; readonly next: State }
  | { readonly kind: 'fork'; readonly next: State[] }
  | { readonly kind: 'end' };
export type CharacterState = Extract<State, { readonly kind: 'character' }>;

/** What may come next; `ended` where the pattern may be through. */
export interface Reached {
  readonly states: ReadonlySet<CharacterState>;
  readonly ended: boolean;
}

/** As many of a bounded repetition are followed one by one. */
const FOLLOWED = 6;
let states = 0;

/** What a pattern begins with. */
export function startOf(pattern: RegExp): Reached {
  return reach([build(parsePattern(pattern.source, false), { kind: 'end' })]);
}

/** What comes behind a character of a class. */
export function follow(reached: Iterable<CharacterState>, one: number): Reached {
  const next = new Set<State>();
  for (const state of reached) if (state.classes[one] === 1) next.add(state.next);
  return reach(next);
}

/** What comes behind a text. */
export function followText(from: Reached, text: string): Reached {
  let reached = from;
  for (let at = 0; at < text.length && !reached.ended; at += 1)
    reached = follow(reached.states, classOf(text.charCodeAt(at)));
  return reached;
}

/** What comes behind any number of characters of these classes. */
export function followRun(from: Reached, ones: readonly number[]): Reached {
  const states = new Set(from.states);
  let { ended } = from;
  for (const state of states)
    if (ones.some((one) => state.classes[one] === 1)) {
      const next = reach([state.next]);
      ended ||= next.ended;
      for (const one of next.states) states.add(one);
    }
  return { states, ended };
}

export function classOf(code: number): number {
  return code < BEYOND ? code : BEYOND;
}

function reach(from: Iterable<State>): Reached {
  const found = new Set<CharacterState>();
  const seen = new Set<State>(from);
  let ended = false;
  for (const state of seen)
    if (state.kind === 'character') found.add(state);
    else if (state.kind === 'end') ended = true;
    else for (const next of state.next) seen.add(next);
  return { states: found, ended };
}

function classesOf(set: CharSet): Uint8Array {
  const classes = new Uint8Array(CLASSES);
  for (let at = 0; at < set.length; at += 2)
    for (let code = set[at] as number; code <= Math.min(set[at + 1] as number, BEYOND); code += 1) classes[code] = 1;
  if ((set.at(-1) ?? 0) >= BEYOND) classes[BEYOND] = 1;
  return classes;
}

function build(node: PatternNode, next: State): State {
  switch (node.kind) {
    case 'set':
      states += 1;
      return { kind: 'character', id: states, classes: classesOf(node.set), next };
    case 'sequence':
      return node.items.reduceRight((rest, item) => build(item, rest), next);
    case 'choice':
      return { kind: 'fork', next: node.items.map((item) => build(item, next)) };
    case 'repeat':
      return buildRepeat(node.item, node.min, node.max, next);
    // What was matched before could be anything.
    case 'backreference':
      return { kind: 'end' };
    default:
      return next;
  }
}

function buildRepeat(item: PatternNode, min: number, max: number, next: State): State {
  let state = next;
  if (max > FOLLOWED) {
    const loop: State = { kind: 'fork', next: [next] };
    loop.next.push(build(item, loop));
    state = loop;
  } else for (let count = min; count < max; count += 1) state = { kind: 'fork', next: [next, build(item, state)] };
  for (let count = 0; count < Math.min(min, FOLLOWED); count += 1) state = build(item, state);
  return state;
}
