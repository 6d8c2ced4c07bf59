/**
 * Makes something of an object once: asked again for the same object, the function gives what it gave before, for as long as the object lives. For what
 * follows from the object alone and would be made anew with each request.
 */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    let known = made.get(key);
    if (known === undefined) {
      known = { value: make(key) };
      made.set(key, known);
    }
    return known.value;
  };
}
