import { compileGlob, isObject, type ApiDocument, type JsonValue, type Policy } from '@sallyport/core';

const EXTENSIONS = ['x-sallyport-data', 'x-sallyport-encrypt'];

function isMarked(node: { readonly [name: string]: JsonValue }): boolean {
  return EXTENSIONS.some((name) => node[name] !== undefined);
}

/** A schema and where it stands, so that its references can be followed. */
type Source = Parameters<ApiDocument['resolveSchema']>[0];

interface Visit {
  readonly source: Source;
  readonly node: JsonValue;
  /** The member whose schema it is; null for none. */
  readonly name: string | null;
}

/** Keywords whose values are no schemas. */
const VALUES = new Set(['example', 'examples', 'default', 'enum', 'const']);

function visitsBelow(source: Source, node: { readonly [key: string]: JsonValue }, name: string | null): Visit[] {
  return Object.entries(node).flatMap(([key, value]): Visit[] => {
    if (key === 'properties' && isObject(value))
      return Object.entries(value).map(([member, schema]) => ({ source, node: schema as JsonValue, name: member }));
    // What an array or a combination holds belongs to the member that it stands under.
    return VALUES.has(key) ? [] : [{ source, node: value, name }];
  });
}

/**
 * Names of members that carry a data class, in lower case: those of `data.classes` in the policy, and those whose schema, or the one
 * that it refers to, says `x-sallyport-data` in the document. A name counts wherever it stands.
 */
export function classifiedNames(document: ApiDocument, policy: Policy): ReadonlySet<string> {
  const stated = [...policy.dataClasses.values()].flatMap((each) => [...each]);
  const names = new Set(stated);
  const globs = stated.filter((name) => name.includes('*')).map(compileGlob);
  const seen = new Set<JsonValue>();
  // An explicit stack: a chain of references may be longer than the call stack is deep, or lead back to its beginning.
  const visit = (root: Source, as: string | null): void => {
    const pending: Visit[] = [{ source: root, node: root.node, name: as }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { source, node, name } = next;
      if (Array.isArray(node)) {
        for (const item of node.toReversed()) pending.push({ source, node: item as JsonValue, name });
        continue;
      }
      if (!isObject(node)) continue;
      if (name !== null && (isMarked(node) || globs.some((matches) => matches(name.toLowerCase()))))
        names.add(name.toLowerCase());
      const reference = node['$ref'];
      const target = typeof reference === 'string' ? document.resolveSchema({ ...source, node }, reference) : null;
      if (name !== null && target !== null && isObject(target.node) && isMarked(target.node))
        names.add(name.toLowerCase());
      if (seen.has(node)) continue;
      seen.add(node);
      // One by one: more than a call takes arguments may stand in one schema.
      for (const visit of visitsBelow(source, node, name).reverse()) pending.push(visit);
      if (target !== null) pending.push({ source: target, node: target.node, name: null });
    }
  };
  for (const { requestBody, responses, parameters } of document.operations) {
    for (const { schema } of [...(requestBody?.content ?? []), ...responses.flatMap(({ content }) => content)])
      if (schema !== null) visit(schema, null);
    for (const { schema, name, extensions } of parameters) {
      if (isMarked(extensions) || globs.some((matches) => matches(name.toLowerCase()))) names.add(name.toLowerCase());
      if (schema !== null) visit(schema, name);
    }
  }
  return names;
}
