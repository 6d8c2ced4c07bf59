/** What a reference of a normalized schema leads to, in the definitions of its root; undefined where it is none. */
export function definitionOf(definitions: unknown, reference: unknown): unknown {
  if (typeof reference !== 'string' || typeof definitions !== 'object' || definitions === null) return undefined;
  const name = reference.slice('#/$defs/'.length);
  return Object.hasOwn(definitions, name) ? (definitions as Readonly<Record<string, unknown>>)[name] : undefined;
}
