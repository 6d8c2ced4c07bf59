import type { JsonValue } from '../json/json-value.ts';
import type { Shape, VariantsShape } from './shape.ts';

/** What a person would call the type of a value. */
export function jsonType(value: JsonValue): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as 'string'] ?? 'something else';
}

/** What a shape takes, in words. */
export function expected(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.format?.expected ?? 'text';
    case 'secret':
      return 'a path, or a reference to a secret';
    case 'choice':
      return shape.values.length === 1 ? `${shape.values[0]}` : `one of ${shape.values.join(', ')}`;
    case 'flag':
      return 'true or false';
    case 'number':
      return `a whole number from ${shape.minimum} to ${shape.maximum}`;
    case 'duration':
      return 'a duration such as 10s';
    case 'size':
      return 'a size such as 1MiB';
    case 'rate':
      return 'a rate such as 50/s';
    case 'date':
      return 'a date such as 2030-12-31';
    case 'list':
      return 'a list';
    case 'map':
      return `a map from ${shape.name}`;
    case 'object':
      return 'a map';
    case 'variants':
      return `a map with ${shape.variants.map((one) => inWords(marksOf(one, shape))).join(', or with ')}`;
    case 'union':
      return shape.branches
        .filter((branch) => branch.kind !== 'later')
        .map(expected)
        .join(shape.branches.some(({ kind }) => kind === 'variants') ? ', or ' : ' or ');
    case 'any':
    case 'later':
      return 'a value';
  }
}

/** The settings that a variant is known by: those that it must have and not all others have too; its name where there are none. */
function marksOf({ variant, shape }: VariantsShape['variants'][number], all: VariantsShape): readonly string[] {
  const marks = Object.entries(shape.fields)
    .filter(([, { presence }]) => presence === 'required')
    .map(([name]) => name)
    .filter((name) => !all.variants.every((other) => Object.hasOwn(other.shape.fields, name)));
  return marks.length === 0 ? [variant] : marks;
}

/** Names as they stand in a sentence. */
export function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
