import type { TextFormat } from './shape.ts';
import { PathWildcard, Wildcard } from './wildcard.ts';

/** A permission as it is written: a scope, an operation, `tag:NAME`, `METHOD /path`, each with `*` in it or without, or `*` alone. */
export const PERMISSION: TextFormat = {
  expected: 'a scope, an operationId, tag:NAME, METHOD /path, or *',
  pattern: '^[^\\x00-\\x20\\x7f](?:[^\\x00-\\x1f\\x7f]{0,510}[^\\x00-\\x20\\x7f])?$',
};

/** Read from its text alone; `name` may be a scope or an operationId, which the document decides. */
export type Permission = { readonly wildcard: boolean } & (
  | { readonly kind: 'any' }
  | { readonly kind: 'path'; readonly method: string; readonly path: PathWildcard }
  | { readonly kind: 'tag' | 'scope' | 'operation' | 'name'; readonly text: string; readonly name: Wildcard }
);

const PREFIXES = ['tag', 'scope', 'operation'] as const;

/** Reads a permission. What is neither a path nor has a prefix is a name. A text with `:` in it (`accounts:read`) is a name unless the prefix is one of ours. */
export function parsePermission(text: string): Permission {
  const wildcard = text.includes('*');
  if (text === '*') return { kind: 'any', wildcard };
  const path = /^([^\s/]+) (\/.*)$/u.exec(text);
  if (path !== null) return { kind: 'path', wildcard, method: path[1] ?? '', path: new PathWildcard(path[2] ?? '') };
  for (const kind of PREFIXES) {
    if (!text.startsWith(`${kind}:`)) continue;
    const name = text.slice(kind.length + 1);
    return { kind, wildcard, text: name, name: new Wildcard(name) };
  }
  return { kind: 'name', wildcard, text, name: new Wildcard(text) };
}
