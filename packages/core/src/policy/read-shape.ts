import { joinPointer } from '../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { available, closestVariant, mixedSettings } from './closest-variant.ts';
import { expected, jsonType } from './expected-shape.ts';
import { FAILED, type ReadContext, readScalar } from './read-scalar.ts';
import type { FieldMap, ListShape, MapShape, ObjectShape, Read, Shape, UnionShape, VariantsShape } from './shape.ts';
import { suggestName } from './suggest-name.ts';
import { typeHint } from './type-hint.ts';

/**
 * Reads a value by its shape: types checked, units and references resolved, defaults filled in. Every problem goes to the context;
 * what could not be read is replaced by its default or left out so that the rest is still looked at. Returns FAILED where nothing is left.
 */
export function readShape<S extends Shape>(
  shape: S,
  value: JsonValue,
  pointer: string,
  context: ReadContext,
): Read<S> | typeof FAILED {
  return read(shape, value, pointer, context) as Read<S> | typeof FAILED;
}

function read(shape: Shape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  if (shape.kind === 'later') {
    context.problems.add(
      'POLICY_NOT_YET',
      pointer,
      `${nameOf(pointer)} is not available in this version`,
      shape.instead,
      'key',
    );
    return FAILED;
  }
  if (value === null && shape.kind !== 'any') {
    context.problems.add(
      'POLICY_TYPE',
      pointer,
      `expected ${expected(shape)}, found nothing`,
      'Write a value, or remove the name to get the default.',
      'key',
    );
    return FAILED;
  }
  switch (shape.kind) {
    case 'any':
      return value;
    case 'list':
      return readList(shape, value, pointer, context);
    case 'map':
      return readMap(shape, value, pointer, context);
    case 'object':
      return readObject(shape, value, pointer, context);
    case 'variants':
      return readVariant(shape, value, pointer, context);
    case 'union':
      return readUnion(shape, value, pointer, context);
    default:
      return readScalar(shape, value, pointer, context);
  }
}

function readList(shape: ListShape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  if (!Array.isArray(value)) return wrongType('a list', shape, value, pointer, context);
  const { item, minItems, maxItems } = shape;
  if (value.length < minItems) {
    context.problems.add(
      'POLICY_RANGE',
      pointer,
      `expected a list of at least ${minItems}`,
      'An empty list would allow nothing, or everything; say which by another setting.',
    );
    return FAILED;
  }
  if (value.length > maxItems) {
    context.problems.add('POLICY_RANGE', pointer, `expected a list of at most ${maxItems}`, null);
    return FAILED;
  }
  const items: unknown[] = [];
  for (const [index, entry] of (value as readonly JsonValue[]).entries()) {
    const result = read(item, entry, joinPointer(pointer, index), context);
    // A hole keeps later items at their own index, so that their pointers stay true: lists are walked with forEach, which skips holes.
    if (result !== FAILED) items[index] = result;
  }
  return items;
}

function readMap(shape: MapShape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  if (!isObject(value)) return wrongType(`a map from ${shape.name}`, shape, value, pointer, context);
  const entries = new Map<string, unknown>();
  const names = shape.names === null ? null : new RegExp(shape.names.pattern, 'u');
  for (const [name, member] of Object.entries(value)) {
    const at = joinPointer(pointer, name);
    if (names !== null && !names.test(name)) {
      context.problems.add(
        'POLICY_VALUE',
        at,
        `expected ${shape.names?.expected ?? 'another name'} as the name`,
        null,
        'key',
      );
      continue;
    }
    const result = read(shape.value, member, at, context);
    if (result !== FAILED) entries.set(name, result);
  }
  return entries;
}

/** `told` are names of the value that are not known here, and that a problem was added for. */
function readObject(
  shape: ObjectShape,
  value: JsonValue,
  pointer: string,
  context: ReadContext,
  told: readonly string[] = [],
): unknown {
  if (!isObject(value)) return wrongType(`a map with ${available(shape.fields)}`, shape, value, pointer, context);
  refuseUnknown(shape.fields, value, pointer, context, told);
  let failed = false;
  // Where a later version is asked for, what this one would need instead is in the hint.
  const asksForLater = Object.entries(shape.fields).some(
    ([name, field]) => field.shape.kind === 'later' && Object.hasOwn(value, name),
  );
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape.fields)) {
    const at = joinPointer(pointer, name);
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const blank = given === null && field.presence === 'required' && field.shape.kind !== 'any';
    if (blank) addBlank(field, at, context);
    let got: unknown = given === undefined || blank ? FAILED : read(field.shape, given, at, context);
    if (got === FAILED && field.presence === 'default' && field.default !== undefined)
      got = read(field.shape, field.default, at, context);
    if (got === FAILED && field.presence === 'required') {
      if (given === undefined && !asksForLater)
        context.problems.add(
          'POLICY_REQUIRED',
          pointer,
          `${name} is missing`,
          `Add ${name}: ${lowerFirst(field.description)}`,
          'key',
        );
      failed = true;
    }
    result[name] = got === FAILED ? undefined : got;
  }
  return failed ? FAILED : result;
}

/** A name without a value, as `init` leaves what only a person can know. There is no default to get by removing it. */
function addBlank(field: FieldMap[string], pointer: string, context: ReadContext): void {
  context.problems.add(
    'POLICY_TYPE',
    pointer,
    `${nameOf(pointer)} has no value yet: expected ${expected(field.shape)}`,
    `Write ${nameOf(pointer).split('.').at(-1) ?? ''}: ${lowerFirst(field.description)}`,
    'key',
  );
}

function refuseUnknown(
  fields: FieldMap,
  value: JsonObject,
  pointer: string,
  context: ReadContext,
  told: readonly string[],
): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name) || told.includes(name)) continue;
    const names = Object.entries(fields).filter(([, field]) => field.shape.kind !== 'later');
    const near = suggestName(
      name,
      names.map(([known]) => known),
    );
    const hint = near === null ? `Known here: ${available(fields)}.` : `Did you mean ${near}?`;
    context.problems.add(
      'POLICY_UNKNOWN_KEY',
      joinPointer(pointer, name),
      `there is no setting ${quoteName(name)} here`,
      hint,
      'key',
    );
  }
}

function readVariant(shape: VariantsShape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  if (!isObject(value)) return wrongType(expected(shape), shape, value, pointer, context);
  const best = closestVariant(shape, value);
  if (best === null) {
    context.problems.add(
      'POLICY_REQUIRED',
      pointer,
      `expected ${expected(shape)}`,
      `What may stand together: ${shape.variants.map((one) => available(one.shape.fields)).join('; or ')}.`,
      'key',
    );
    return FAILED;
  }
  const mixed = mixedSettings(shape, best, value);
  if (mixed !== null)
    context.problems.add('POLICY_UNKNOWN_KEY', joinPointer(pointer, mixed.strays[0]), mixed.message, mixed.hint, 'key');
  const result = readObject(best.shape, value, pointer, context, mixed?.strays);
  return result === FAILED ? FAILED : { variant: best.variant, value: result };
}

function readUnion(shape: UnionShape, value: JsonValue, pointer: string, context: ReadContext): unknown {
  const type = jsonType(value);
  const branch = shape.branches.find((candidate) => accepts(candidate, type)) ?? null;
  if (branch === null) return wrongType(expected(shape), shape, value, pointer, context);
  // A word that is none of the choices may have been meant as any of the other branches.
  return branch.kind === 'choice'
    ? readScalar(branch, value, pointer, context, shape)
    : read(branch, value, pointer, context);
}

function accepts(shape: Shape, type: string): boolean {
  switch (shape.kind) {
    case 'list':
      return type === 'a list';
    case 'object':
    case 'map':
    case 'variants':
      return type === 'a map';
    case 'flag':
      return type === 'true or false';
    case 'number':
      return type === 'a number';
    case 'union':
      return shape.branches.some((branch) => accepts(branch, type));
    case 'later':
      return type === 'a list' || type === 'a map';
    case 'any':
      return true;
    default:
      return type === 'text';
  }
}

function wrongType(what: string, shape: Shape, value: JsonValue, pointer: string, context: ReadContext): typeof FAILED {
  context.problems.add('POLICY_TYPE', pointer, `expected ${what}, found ${jsonType(value)}`, typeHint(shape, value));
  return FAILED;
}

function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Names are shown, long or strange ones cut: something pasted in the wrong place could be a secret. */
function quoteName(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? name : 'of that name';
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
