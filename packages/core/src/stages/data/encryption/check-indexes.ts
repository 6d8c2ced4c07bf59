import type { ConfigurationProblem } from '../../../configuration-error.ts';
import { foldCase } from '../../../json/fold-case.ts';
import { joinPointer } from '../../../json/json-pointer.ts';
import { type DataPolicy, NO_DATA_POLICY } from '../../../policy/data-policy.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import type { Policy } from '../../../policy/policy.ts';
import { encryptedProperties } from '../encrypted-names.ts';
import type { MarkGraph, Vertex } from '../mark-graph.ts';
import { sameValue } from '../marked-nodes.ts';
import { ENCRYPTED, joinMarks } from '../marks.ts';
import type { NameRules } from '../name-rules.ts';

/** What is wrong with `data.encrypt.indexes` for a document: an index of what is not encrypted or would give its values away, or one whose place is taken. */
export function checkIndexes(
  policy: Policy,
  graph: MarkGraph,
  names: NameRules,
  problems: ConfigurationProblem[],
): void {
  const data = policy.data ?? NO_DATA_POLICY;
  const indexes = data.encrypt?.indexes;
  if (indexes === undefined || indexes.size === 0) return;
  const encrypted = new Map<string, Vertex[]>();
  for (const { name, vertex } of encryptedProperties(graph, names, data))
    encrypted.set(foldCase(name), [...(encrypted.get(foldCase(name)) ?? []), vertex]);
  const declared = new Set(graph.vertices.flatMap(({ properties }) => [...properties.keys()].map(foldCase)));
  for (const index of indexes.values()) {
    const add = (message: string, hint: string): void => void problems.push(problemOf(policy, index, message, hint));
    const places = encrypted.get(index.field);
    if (places === undefined && !isNamed(index, names, data))
      add(`${index.field} is not encrypted`, 'Name it under data.encrypt.fields, or mark it with x-sallyport-encrypt.');
    if (index.fewValues === 'refuse' && places?.some((vertex) => sameValue([vertex]).some(({ few }) => few)) === true)
      add(
        `${index.field} can have but few values: how often each index comes up tells which is which`,
        'Look it up in another way, or write fewValues: allow.',
      );
    if (declared.has(foldCase(index.property)))
      add(
        `the document declares a property ${index.property}, and the index of ${index.field} goes there`,
        'Take it out of the document, for clients never see it, or name another property.',
      );
  }
}

function isNamed({ field }: FieldIndex, names: NameRules, data: DataPolicy): boolean {
  return ((joinMarks([], names.ofName(field), data)?.kinds ?? 0) & ENCRYPTED) !== 0;
}

function problemOf(policy: Policy, { field }: FieldIndex, message: string, hint: string): ConfigurationProblem {
  const path = joinPointer('/data/encrypt/indexes', field);
  return {
    file: policy.file ?? '',
    line: 0,
    column: 0,
    ...policy.locate?.({ file: policy.file ?? '', pointer: '/data/encrypt/indexes' }),
    code: 'DATA_ENCRYPT_INDEX',
    path,
    message,
    hint,
  };
}
