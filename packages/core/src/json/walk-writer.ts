import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import type { Walk, WalkFunctions } from './walk-functions.ts';
import { UnsupportedShape, type WalkerRoot, WalkerTooLarge } from './walker-root.ts';
import type { ScalarRules } from './walker-scalar-source.ts';
import { type Shape, shapeOf } from './walker-shape.ts';
import { WalkerSource } from './walker-source.ts';

/** A walker in functions, those of them written that there were not. */
export interface WrittenWalk {
  /** The key of the function that takes the whole value. */
  readonly root: string;
  /** Of the new functions, in the order in which the source returns them. */
  readonly keys: readonly string[];
  /** Those that were there and are called: the source takes them as a list `W`, in this order. */
  readonly called: readonly Walk[];
  readonly source: string;
}

interface NeededFunction {
  readonly key: string;
  readonly name: string;
  readonly shape: Shape;
  readonly mode: UndeclaredMembers;
  /** The one that calls it; null for the one that takes the whole value. */
  readonly caller: NeededFunction | null;
}

/**
 * Writes what one walker needs and `functions` lacks, and tells them what no walker can be written for. Names count from zero in each source: V8 compiles source that it has seen
 * once, and documents say the same in many places.
 */
export class WalkWriter {
  readonly #functions: WalkFunctions;
  readonly #maxDepth: number;
  readonly #caseVariants: boolean;
  readonly #root: WalkerRoot;
  readonly #source: WalkerSource;
  /** Names by key, of functions that are new and of those that were there. */
  readonly #names = new Map<string, string>();
  readonly #new: NeededFunction[] = [];
  readonly #called: Walk[] = [];
  readonly #queue: NeededFunction[] = [];
  #writing: NeededFunction | null = null;
  #written = '';

  constructor(root: WalkerRoot, rules: ScalarRules, functions: WalkFunctions, maxDepth: number) {
    this.#functions = functions;
    this.#maxDepth = maxDepth;
    this.#caseVariants = rules.lookalikes !== null;
    this.#root = root;
    this.#source = new WalkerSource(this.#root, rules, (shape, mode) => this.#functionFor(shape, mode));
  }

  /** Throws `UnsupportedShape`. */
  write(mode: UndeclaredMembers): WrittenWalk {
    try {
      const shape = shapeOf(this.#root, [this.#root.schema]);
      this.#functionFor(shape, mode);
      for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) this.#write(next);
      const called = this.#called.map((_, at) => `const w${at}=W[${at}];`).join('');
      const list = this.#new.map(({ name }) => name).join();
      const source = `"use strict";const MAXD=${this.#maxDepth};${called}${this.#written}\nreturn [${list}];`;
      return { root: this.#keyOf(shape, mode), keys: this.#new.map(({ key }) => key), called: this.#called, source };
    } catch (error) {
      if (error instanceof UnsupportedShape) this.#refuse(!(error instanceof WalkerTooLarge));
      throw error;
    } finally {
      this.#functions.countWritten(this.#new.length, this.#written.length);
    }
  }

  #write(needed: NeededFunction): void {
    this.#writing = needed;
    this.#written += `\nfunction ${needed.name}(b,n,i,d){${this.#source.body(needed.shape, needed.mode)}}`;
    this.#checkRoom();
  }

  #keyOf(shape: Shape, mode: UndeclaredMembers): string {
    return this.#functions.keyOf(shape, { mode, maxDepth: this.#maxDepth, caseVariants: this.#caseVariants });
  }

  #functionFor(shape: Shape, mode: UndeclaredMembers): string {
    this.#root.count(shape.leaves.length);
    const key = this.#keyOf(shape, mode);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const walk = this.#functions.get(key);
    if (walk === null) throw new UnsupportedShape('reaches what no walker can be written for');
    const name = walk === undefined ? `v${this.#new.length}` : `w${this.#called.length}`;
    this.#names.set(key, name);
    if (walk === undefined) this.#need({ key, name, shape, mode, caller: this.#writing });
    else this.#called.push(walk);
    return name;
  }

  #need(needed: NeededFunction): void {
    this.#new.push(needed);
    this.#queue.push(needed);
    this.#checkRoom();
  }

  #checkRoom(): void {
    if (!this.#functions.hasRoomFor(this.#new.length, this.#written.length))
      throw new WalkerTooLarge('too many shapes, or too large ones');
  }

  /** Tells that there is none for the whole value, and none for what is on the way from there to what was found. */
  #refuse(found: boolean): void {
    for (let at = this.#writing; at !== null; at = at.caller)
      if (found || at.caller === null) this.#functions.set(at.key, null);
  }
}
