import type { JsonObject } from '../json/json-value.ts';
import { inWords } from './expected-shape.ts';
import type { FieldMap, Variant, VariantsShape } from './shape.ts';
import { suggestName } from './suggest-name.ts';

/** What was most likely meant: what only one of the variants knows tells them apart; failing that, what some of them know, and the first of equals. Null where none knows any name. */
export function closestVariant(shape: VariantsShape, value: JsonObject): Variant | null {
  return closestBy(shape, value, 1) ?? closestBy(shape, value, Math.max(shape.variants.length - 1, 2));
}

/** The variant that knows most of the names among those that at most `maxSharing` variants know; null where it knows none. */
function closestBy(shape: VariantsShape, value: JsonObject, maxSharing: number): Variant | null {
  let best: Variant | null = null;
  let bestCount = 0;
  for (const candidate of shape.variants) {
    const marks = Object.keys(candidate.shape.fields).filter(
      (name) => shape.variants.filter((other) => Object.hasOwn(other.shape.fields, name)).length <= maxSharing,
    );
    const found = marks.filter((name) => Object.hasOwn(value, name) || suggestAmong(name, value, shape));
    const count = found.length + found.filter((name) => candidate.shape.fields[name]?.presence === 'required').length;
    if (count > bestCount) {
      best = candidate;
      bestCount = count;
    }
  }
  return best;
}

/** True where a name of the value is not known to any variant and was most likely meant to be this one. */
function suggestAmong(name: string, value: JsonObject, shape: VariantsShape): boolean {
  return Object.keys(value).some(
    (written) =>
      shape.variants.every((one) => !Object.hasOwn(one.shape.fields, written)) && suggestName(written, [name]) !== null,
  );
}

/** Settings of another variant beside those that the one which was taken is known by. */
export interface MixedSettings {
  readonly strays: readonly [string, ...string[]];
  readonly message: string;
  readonly hint: string;
}

/**
 * Null where no name is one that only others than `taken` know, or none tells why that was taken. Says it all at once: a name that is right for another kind of entry is
 * no slip, and the one that decided the kind may be what is wrong.
 */
export function mixedSettings(shape: VariantsShape, taken: Variant, value: JsonObject): MixedSettings | null {
  const names = Object.keys(value);
  const others = shape.variants.filter((one) => one !== taken);
  const [first, ...more] = names.filter((name) => !knows(taken, name) && others.some((one) => knows(one, name)));
  if (first === undefined) return null;
  const count = (one: Variant): number => [first, ...more].filter((name) => knows(one, name)).length;
  const other = others.reduce((best, one) => (count(one) > count(best) ? one : best));
  const strays = [first, ...more].filter((name) => knows(other, name)) as [string, ...string[]];
  const reasons = names.filter((name) => knows(taken, name) && !knows(other, name));
  if (reasons.length === 0) return null;
  const [here, there] = [inWords(reasons), inWords(strays)];
  return {
    strays,
    message: `${there} ${strays.length === 1 ? 'does' : 'do'} not go with ${here}, by which this was taken for a map with ${available(taken.shape.fields)}`,
    hint: `Remove ${there}; or ${here}, and what may stand there is ${available(other.shape.fields)}.`,
  };
}

function knows({ shape }: Variant, name: string): boolean {
  return Object.hasOwn(shape.fields, name);
}

/** The settings of a map by name, as far as they exist in this version. */
export function available(fields: FieldMap): string {
  return Object.entries(fields)
    .filter(([, field]) => field.shape.kind !== 'later')
    .map(([name]) => name)
    .join(', ');
}
