import { foldCase } from '../json/fold-case.ts';
import { evaluateSchema } from './evaluate-schema.ts';
import type { ExplainOptions } from './explain.ts';
import type { NormalizedGraph } from './normalized-graph.ts';
import { isObject } from '../json/json-value.ts';
import type { SchemaIssue } from './schema-compiler.ts';
import { renderPath } from './value-path.ts';

/** What is told of a member that another one could be taken for; null for a value without. Assumes that the value is valid. */
export type CaseVariantCheck = (value: unknown, maxSteps?: number) => readonly SchemaIssue[] | null;

/**
 * Compiles the search for members that differ from a declared one of their object in case only. Go's `encoding/json`, ASP.NET and others
 * take `ROLE` for `role`: where undeclared members are allowed, the one would be checked and the other believed. Null where no schema declares members.
 *
 * A member that is written like no declared name of the whole schema, or only as that one is, costs one look; only a value with another
 * is evaluated, to know which names hold for which object.
 */
export function compileCaseVariants(options: ExplainOptions): CaseVariantCheck | null {
  const spellings = spellingsOf(options.graph);
  if (spellings.size === 0) return null;
  const { graph, pattern, maxIssues } = options;
  return (value, maxSteps) => {
    if (!isSuspicious(value, spellings)) return null;
    const bound = maxSteps === undefined ? {} : { maxSteps };
    const { valid, journal } = evaluateSchema(value, { graph, pattern, maxIssues: 0, dropping: false, ...bound });
    const found = valid ? journal.caseVariants(value) : [];
    // Should the evaluation not find the value valid after all, nobody knows what it declares.
    if (!valid)
      return [{ pointer: '', schema: graph.place(''), keyword: 'schema', message: 'does not match its schema' }];
    if (found.length === 0) return null;
    return found.slice(0, maxIssues).map(({ path, mentions }) => ({
      pointer: renderPath(path),
      schema: graph.notes.places.get(mentions) ?? graph.place(''),
      keyword: 'undeclared',
      message: 'differs from a declared name in upper and lower case only',
    }));
  };
}

/** The declared names of the whole schema by what is left of them without case. */
function spellingsOf(graph: NormalizedGraph): ReadonlyMap<string, ReadonlySet<string>> {
  const spellings = new Map<string, Set<string>>();
  const seen = new Set<object>();
  const open: unknown[] = [graph.schema];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const properties = Array.isArray(next) ? undefined : (next as { readonly properties?: unknown }).properties;
    for (const name of isObject(properties) ? Object.keys(properties) : []) {
      const folded = foldCase(name);
      spellings.set(folded, (spellings.get(folded) ?? new Set()).add(name));
    }
    open.push(...Object.values(next).filter((value) => value !== undefined));
  }
  return spellings;
}

function isSuspicious(root: unknown, spellings: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) if (typeof item === 'object') open.push(item);
      continue;
    }
    for (const [name, member] of Object.entries(value)) {
      const meant = spellings.get(foldCase(name));
      if (meant !== undefined && (meant.size > 1 || !meant.has(name))) return true;
      if (typeof member === 'object') open.push(member);
    }
  }
  return false;
}
