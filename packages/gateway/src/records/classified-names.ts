import { compileGlob, isObject, type ApiDocument, type JsonValue, type Policy } from '@sallyport/core';

const EXTENSIONS = ['x-sallyport-data', 'x-sallyport-encrypt'];

function isMarked(node: { readonly [name: string]: JsonValue }): boolean {
  return EXTENSIONS.some((name) => node[name] !== undefined);
}

/** A schema and where it stands, so that its references can be followed. */
type Source = Parameters<ApiDocument['resolveSchema']>[0];

/**
 * Names of members that carry a data class, in lower case: those of `data.classes` in the policy, and those whose schema, or the one
 * that it refers to, says `x-sallyport-data` in the document. A name counts wherever it stands.
 */
export function classifiedNames(document: ApiDocument, policy: Policy): ReadonlySet<string> {
  const stated = [...policy.dataClasses.values()].flatMap((each) => [...each]);
  const names = new Set(stated);
  const globs = stated.filter((name) => name.includes('*')).map(compileGlob);
  const seen = new Set<JsonValue>();
  const visit = (source: Source, node: JsonValue, name: string | null): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(source, item, name);
      return;
    }
    if (!isObject(node)) return;
    if (name !== null && (isMarked(node) || globs.some((matches) => matches(name.toLowerCase()))))
      names.add(name.toLowerCase());
    const reference = node['$ref'];
    if (typeof reference === 'string') {
      const target = document.resolveSchema({ ...source, node }, reference);
      if (target !== null) {
        if (name !== null && isObject(target.node) && isMarked(target.node)) names.add(name.toLowerCase());
        visit(target, target.node, null);
      }
    }
    if (seen.has(node)) return;
    seen.add(node);
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' && isObject(value))
        for (const [member, schema] of Object.entries(value)) visit(source, schema, member);
      // What an array or a combination holds belongs to the member that it stands under.
      else if (key !== 'example' && key !== 'examples' && key !== 'default' && key !== 'enum' && key !== 'const')
        visit(source, value, name);
    }
  };
  for (const { requestBody, responses, parameters } of document.operations) {
    for (const { schema } of [...(requestBody?.content ?? []), ...responses.flatMap(({ content }) => content)])
      if (schema !== null) visit(schema, schema.node, null);
    for (const { schema, name, extensions } of parameters) {
      if (isMarked(extensions) || globs.some((matches) => matches(name.toLowerCase()))) names.add(name.toLowerCase());
      if (schema !== null) visit(schema, schema.node, name);
    }
  }
  return names;
}
