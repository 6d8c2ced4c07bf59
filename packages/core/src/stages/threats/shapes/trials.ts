import { CLASSES, classOf, type CharacterState, END, follow, type Reached, startOf } from './shape-states.ts';
import type { Shape } from './shape.ts';

/** A shape that is tried, and what its pattern goes on with where it is. */
export interface Trial {
  readonly shape: Shape;
  readonly behind: () => Reached;
  /** The signs that may follow, where not every one may; else empty. */
  readonly seconds: string;
}

/** How many characters are looked at before patterns are run, at most: a word is rare enough itself. */
export const BEHIND_SIGN = 6;
export const BEHIND_WORD = 2;
const MAX_SHAPES = 32;
/** Some 1,500 is what any trigger comes to. Where there are no more, what is left is tried. */
const MAX_NODES = 4_096;

/** A place behind a trigger: which shapes are left there, as bits, and where each class of characters leads to. */
interface Node {
  readonly left: number;
  /** Of these, those that are left whatever follows. */
  readonly ended: number;
  readonly states: readonly (readonly CharacterState[])[];
  /** The numbers of nodes; 0 where none was made yet. */
  readonly next: Uint16Array;
}

/**
 * Shapes that are tried at one trigger, at most 32. Which of them what follows leaves is told by an automaton of all of their patterns, made as far
 * as texts have led and bounded by how far it looks: running a pattern costs more than all else.
 */
export class Trials {
  readonly shapes: readonly Shape[];
  readonly #trials: readonly Trial[];
  readonly #depth: number;
  readonly #nodes: Node[] = [];
  readonly #made = new Map<string, Node>();

  constructor(trials: readonly Trial[], depth: number) {
    if (trials.length > MAX_SHAPES) throw new RangeError(`more than ${MAX_SHAPES} shapes of one trigger`);
    this.#trials = trials;
    this.#depth = depth;
    this.shapes = trials.map(({ shape }) => shape);
  }

  /** The shapes, as bits, that the characters from a place on, behind the trigger, do not rule out. */
  candidates(text: string, from: number): number {
    let node = this.#nodes[0] ?? this.#begin();
    const end = from + this.#depth;
    for (let at = from; at < end && node.left !== node.ended; at += 1) {
      const one = at < text.length ? classOf(text.charCodeAt(at)) : END;
      const number = node.next[one] as number;
      const next = number > 0 ? this.#nodes[number] : this.#extend(node, one, at === from);
      if (next === undefined) break;
      node = next;
    }
    return node.left;
  }

  #begin(): Node {
    return this.#make(
      this.#trials.map(({ behind }) => behind()),
      0,
    );
  }

  #extend(node: Node, one: number, first: boolean): Node | undefined {
    if (this.#nodes.length >= MAX_NODES) return undefined;
    const sign = String.fromCharCode(one);
    const reached = node.states.map((states, index) => {
      const { seconds } = this.#trials[index] as Trial;
      return first && seconds !== '' && !seconds.includes(sign) ? NOTHING : follow(states, one);
    });
    const next = this.#make(reached, node.ended);
    node.next[one] = this.#nodes.indexOf(next);
    return next;
  }

  /** The node of what was reached: what was made for the same before, unless it is where all begins, for there not every sign may follow. */
  #make(reached: readonly Reached[], endedBefore: number): Node {
    let ended = endedBefore;
    let left = 0;
    const states = reached.map((one, index) => {
      if (one.ended) ended |= 1 << index;
      if ((ended & (1 << index)) !== 0) return [];
      if (one.states.size > 0) left |= 1 << index;
      return [...one.states];
    });
    const key = `${ended}:${states.flatMap((some) => some.map(({ id }) => id)).join()}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const node: Node = { left: left | ended, ended, states, next: new Uint16Array(CLASSES) };
    if (this.#nodes.length > 0) this.#made.set(key, node);
    this.#nodes.push(node);
    return node;
  }
}

const NOTHING: Reached = { states: new Set(), ended: false };
const beginnings = new Map<Shape, Reached>();

/** What a shape's pattern begins with. */
export function beginningOf(shape: Shape): Reached {
  const known = beginnings.get(shape) ?? startOf(shape.pattern);
  beginnings.set(shape, known);
  return known;
}
