import { foldCase } from '../../json/fold-case.ts';
import type { DataPolicy } from '../../policy/data-policy.ts';
import type { MarkGraph, Vertex } from './mark-graph.ts';
import { sameValue } from './marked-nodes.ts';
import { ENCRYPTED, joinMarks, type Label, type OwnMarks } from './marks.ts';
import type { NameRules } from './name-rules.ts';

/** A property that the document declares. */
export interface DeclaredProperty {
  readonly name: string;
  readonly vertex: Vertex;
}

/** The declared properties that are encrypted, whether their schema, their class or their name says so; one for each place. */
export function* encryptedProperties(
  graph: MarkGraph,
  names: NameRules,
  policy: DataPolicy,
): Generator<DeclaredProperty> {
  for (const { properties } of graph.vertices)
    for (const [name, vertex] of properties)
      if (isEncrypted([vertex], names.ofName(name), policy)) yield { name, vertex };
}

/** Case folded names of what is encrypted anywhere in the document, or has items that are. */
export function encryptedNames(graph: MarkGraph, names: NameRules, policy: DataPolicy): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { properties } of graph.vertices)
    for (const [name, vertex] of properties) {
      const items = sameValue([vertex]).flatMap((one) => one.items);
      if (isEncrypted([vertex], names.ofName(name), policy) || isEncrypted(items, [], policy))
        found.add(foldCase(name));
    }
  return found;
}

function isEncrypted(vertices: readonly Vertex[], labels: readonly Label[], policy: DataPolicy): boolean {
  const own = sameValue(vertices)
    .map((one) => one.own)
    .filter((marks): marks is OwnMarks => marks !== null);
  return ((joinMarks(own, labels, policy)?.kinds ?? 0) & ENCRYPTED) !== 0;
}
