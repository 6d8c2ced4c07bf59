import type { SchemaSource } from '../openapi/model.ts';
import type { Schema } from './normalized-graph.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { createDefinition, type Definition } from './schema-definition.ts';

/** More schemas than this behind one reference come from a document that multiplies itself. */
const MAX_DEFINITIONS = 50_000;

/** The schemas that others refer to, each normalized once for each way that makes it mean something else. */
export interface DefinitionTable {
  /**
   * Normalizes a root, and all that it comes to refer to. All or nothing: what was begun when a schema turns out to be broken is forgotten, so
   * that the next one meets the same error.
   */
  begin(source: SchemaSource, visit: (root: Definition) => Schema): Definition;
  /** The definition that `key` tells from others, to be normalized by `visit`. `from` refers to it. */
  refer(key: string, from: SchemaSource, target: SchemaSource, visit: (made: Definition) => Schema): Definition;
  /** What a root leads to, by name, in the order in which it was first referred to. */
  reachedFrom(root: Definition): ReadonlyMap<string, Definition>;
}

export function createDefinitionTable(): DefinitionTable {
  const definitions = new Map<string, Definition>();
  const byName = new Map<string, Definition>();
  let added: string[] = [];
  /** Definitions that are referred to and not yet normalized. A list, and not the call stack: a chain of references may be longer than that is deep. */
  let waiting: (() => void)[] = [];
  let count = 0;

  return {
    begin(source, visit) {
      added = [];
      waiting = [];
      const root = createDefinition('', source);
      try {
        root.schema = visit(root);
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
        return root;
      } catch (error) {
        for (const key of added) {
          byName.delete(definitions.get(key)?.name ?? '');
          definitions.delete(key);
        }
        throw error;
      }
    },

    refer(key, from, target, visit) {
      const known = definitions.get(key);
      if (known !== undefined) return known;
      if (definitions.size >= MAX_DEFINITIONS) throw new SchemaCompileError(from, 'the document has too many schemas');
      const made = createDefinition(`d${count++}`, target);
      // First, so that whatever happens from here on, it is forgotten with the others.
      added.push(key);
      definitions.set(key, made);
      byName.set(made.name, made);
      waiting.push(() => {
        made.schema = visit(made);
      });
      return made;
    },

    reachedFrom(root) {
      const reached = new Map<string, Definition>();
      const open = [...root.references];
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        const definition = byName.get(name);
        if (definition === undefined || reached.has(name)) continue;
        reached.set(name, definition);
        open.push(...definition.references);
      }
      return new Map([...reached].sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1))));
    },
  };
}
