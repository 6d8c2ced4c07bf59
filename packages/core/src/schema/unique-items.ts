/**
 * True when no two items are equal as JSON Schema compares them (core, 4.2.2): objects whatever the order of their members, numbers by
 * value. Linear in the size of the array, apart from sorting member names: comparing each with each would let a client choose a quadratic cost.
 */
export function hasUniqueItems(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  const seen = new Set<unknown>();
  for (const item of items) {
    // Texts are told from the canonical form of other values by where they start: no canonical form starts with a letter `s`.
    const key =
      typeof item === 'string' ? `s${item}` : typeof item === 'object' && item !== null ? canonical(item) : item;
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '0' : (JSON.stringify(value) ?? 'null');
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}
