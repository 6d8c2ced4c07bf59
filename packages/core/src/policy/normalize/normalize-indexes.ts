import { foldCase } from '../../json/fold-case.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import type { FieldIndex } from '../encrypt-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { encryptShape } from '../schema/schema-encrypt.ts';
import type { Read } from '../shape.ts';

const AT = '/data/encrypt/indexes';

/** Turns `data.encrypt.indexes` into the canonical form. */
export function normalizeIndexes(
  authored: Read<typeof encryptShape>['indexes'],
  problems: PolicyProblems,
): ReadonlyMap<string, FieldIndex> {
  const indexes = new Map<string, FieldIndex>();
  const taken = new Map<string, string>();
  for (const [name, { property, normalize, parameters, fewValues }] of authored) {
    const index: FieldIndex = {
      field: foldCase(name),
      property: property ?? `${name}Index`,
      normalize,
      // What could not be read left a hole in the list, which filter goes past.
      parameters: (parameters ?? [name]).filter(() => true).map(foldCase),
      fewValues,
    };
    for (const [what, one] of [
      ['field', `field ${index.field}`],
      ['property', `property ${foldCase(index.property)}`],
      ...index.parameters.map((parameter) => ['parameter', `parameter ${parameter}`] as const),
    ] as const) {
      const other = taken.get(one);
      if (other !== undefined && !problems.touches(joinPointer(AT, name)))
        problems.add(
          'POLICY_DUPLICATE',
          joinPointer(AT, name),
          `${other} has an index with the same ${what}`,
          'Give each field a property and parameters of its own.',
          'key',
        );
      taken.set(one, name);
    }
    indexes.set(index.field, index);
  }
  for (const { field, property } of indexes.values())
    if (indexes.has(foldCase(property)))
      problems.add(
        'POLICY_CONTRADICTION',
        AT,
        `the index of ${field} would take the place of a field that has one itself`,
        'Name another property.',
        'key',
      );
  return indexes;
}
