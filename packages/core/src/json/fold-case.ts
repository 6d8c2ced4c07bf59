/**
 * A text in which texts that differ in case only are the same, as readers that ignore case compare them: Go's `encoding/json` takes
 * `ſ` for `s` and the Kelvin sign for `k` as well, so both mappings are needed.
 */
export function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}
