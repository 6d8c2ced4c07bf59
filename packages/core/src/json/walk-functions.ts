import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import type { Shape } from './walker-shape.ts';

/** Takes the value at `i` of the bytes `b` up to `n`, within `d` arrays and objects; see `WalkerSource` for what it gives. */
export type Walk = (b: Uint8Array, n: number, i: number, d: number) => number;

/** Beside its shape, what the function of a shape depends on. */
export interface WalkSetting {
  readonly mode: UndeclaredMembers;
  readonly maxDepth: number;
  readonly caseVariants: boolean;
}

/** Functions, and characters of their source. Where it takes more, compiling costs more than walking saves. */
export interface WalkLimits {
  /** New ones of one walker. */
  readonly functions: number;
  readonly source: number;
  /** Of all walkers of a document, those that came to nothing included: what bounds the time and the memory that they take. */
  readonly allFunctions: number;
  readonly allSource: number;
}

const LIMITS: WalkLimits = {
  functions: 10_000,
  source: 10_000_000,
  allFunctions: 100_000,
  allSource: 100_000_000,
};

/**
 * The functions that the walkers of one document are made of. Where the resources of an API refer to each other every body reaches most of them: each shape has one function,
 * which all walkers that come to it call, and what no walker can be written for is found out once.
 */
export class WalkFunctions {
  readonly #limits: WalkLimits;
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;
  readonly #walks = new Map<string, Walk | null>();
  #written = 0;
  #sourceWritten = 0;

  constructor(limits: Partial<WalkLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** What tells functions apart. Schemas count as the same where they are the same objects. */
  keyOf({ leaves, unions, never }: Shape, { mode, maxDepth, caseVariants }: WalkSetting): string {
    const ids = (objects: readonly object[]): string =>
      objects
        .map((object) => this.#id(object))
        .sort((a, b) => a - b)
        .join();
    const lists = unions.map(({ branches }) => branches);
    return `${mode} ${maxDepth} ${caseVariants} ${never} ${ids(leaves)} ${ids(lists)}`;
  }

  /** Null where there can be none, undefined where nobody has tried. */
  get(key: string): Walk | null | undefined {
    return this.#walks.get(key);
  }

  set(key: string, walk: Walk | null): void {
    this.#walks.set(key, walk);
  }

  /** Whether one walker may have this many new functions of this much source in all. */
  hasRoomFor(functions: number, source: number): boolean {
    const { functions: most, source: longest, allFunctions, allSource } = this.#limits;
    return (
      functions <= Math.min(most, allFunctions - this.#written) &&
      source <= Math.min(longest, allSource - this.#sourceWritten)
    );
  }

  /** Whatever becomes of them. */
  countWritten(functions: number, source: number): void {
    this.#written += functions;
    this.#sourceWritten += source;
  }

  #id(object: object): number {
    const id = this.#ids.get(object) ?? ++this.#lastId;
    this.#ids.set(object, id);
    return id;
  }
}
