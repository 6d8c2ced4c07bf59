/** Which properties are meant, by what they are called or where they stand. */
export interface Selectors {
  /** Names, case folded. */
  readonly names: ReadonlySet<string>;
  /** Names with `*` for any characters, case folded. */
  readonly globs: readonly string[];
  /** Tokens of JSON Pointers into a body; `*` stands for any one token. */
  readonly pointers: readonly (readonly string[])[];
}
