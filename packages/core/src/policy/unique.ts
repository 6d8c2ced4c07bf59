/** Each value once, in the order of the list; the holes of entries that could not be read are left out. */
export function unique<Value>(values: readonly Value[]): Value[] {
  // A filter skips holes, which a spread would turn into undefined.
  return [...new Set(values.filter(() => true))];
}
