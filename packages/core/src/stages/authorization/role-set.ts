/** A set of declared roles by their numbers: one bit each, so that ten thousand roles take little more than a kilobyte an operation. */
export class RoleSet {
  readonly #words: Uint32Array;

  constructor(roles: number) {
    this.#words = new Uint32Array(Math.ceil(roles / 32));
  }

  add(role: number): void {
    const word = role >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (role & 31));
  }

  addAll(other: RoleSet): void {
    for (let word = 0; word < this.#words.length; word++)
      this.#words[word] = (this.#words[word] ?? 0) | (other.#words[word] ?? 0);
  }

  /** The roles that are in all of the sets; of none, none. */
  static common(sets: readonly RoleSet[], roles: number): RoleSet {
    const common = new RoleSet(roles);
    for (let word = 0; word < common.#words.length; word++)
      common.#words[word] = sets.reduce((bits, set) => bits & (set.#words[word] ?? 0), sets.length === 0 ? 0 : -1);
    return common;
  }

  without(other: RoleSet): RoleSet {
    const left = new RoleSet(this.#words.length * 32);
    for (let word = 0; word < this.#words.length; word++)
      left.#words[word] = (this.#words[word] ?? 0) & ~(other.#words[word] ?? 0);
    return left;
  }

  has(role: number): boolean {
    return ((this.#words[role >>> 5] ?? 0) & (1 << (role & 31))) !== 0;
  }

  get empty(): boolean {
    return this.#words.every((word) => word === 0);
  }
}
