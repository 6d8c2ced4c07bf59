import type { FieldError } from '../../verdict/denial.ts';
import type { Parameter } from '../../openapi/model.ts';
import { fieldError, placeOf } from './field-errors.ts';
import { isRepeated, isSpread, type ParameterCheck } from './parameter-check.ts';
import { ARRAY } from './type-guide.ts';

/** How a parameter of the query or of the cookies is found among the pairs. */
export type SlotKind = 'single' | 'repeated' | 'spread' | 'brackets';

/** A parameter compiled, and its number: the index under which a request's texts of it are gathered. */
export interface Slot {
  readonly index: number;
  readonly parameter: Parameter;
  readonly check: ParameterCheck;
  readonly kind: SlotKind;
}

/** What a name stands for. */
export interface SlotTable {
  readonly slots: readonly Slot[];
  readonly byName: ReadonlyMap<string, Slot>;
  /** What stands before the first bracket. */
  readonly byBracket: ReadonlyMap<string, Slot>;
  /** Takes the names nobody else takes: a spread object with explicit `additionalProperties`. */
  readonly rest: Slot | null;
  /** True where a request without any pair is wrong. */
  readonly required: boolean;
}

/** Puts parameters of one place into a table. A name declared for itself goes before the member of a spread object. */
export function compileSlots(
  parameters: readonly Parameter[],
  compile: (parameter: Parameter) => ParameterCheck,
): SlotTable {
  const slots = parameters.map((parameter, index): Slot => {
    const check = compile(parameter);
    return { index, parameter, check, kind: kindOf(parameter, check) };
  });
  const byName = new Map<string, Slot>();
  const byBracket = new Map<string, Slot>();
  let rest: Slot | null = null;
  for (const slot of slots) {
    if (slot.kind === 'brackets') byBracket.set(slot.parameter.name, slot);
    else if (slot.kind !== 'spread') byName.set(slot.parameter.name, slot);
  }
  for (const slot of slots) {
    if (slot.kind !== 'spread') continue;
    for (const name of slot.check.guide.properties) if (!byName.has(name)) byName.set(name, slot);
    if (slot.check.guide.open) rest ??= slot;
  }
  return { slots, byName, byBracket, rest, required: slots.some((slot) => slot.parameter.required) };
}

function kindOf(parameter: Parameter, check: ParameterCheck): SlotKind {
  if (parameter.style === 'deepObject' && parameter.content === null) return 'brackets';
  if (isSpread(parameter, check.types)) return 'spread';
  return isRepeated(parameter, check.types) ? 'repeated' : 'single';
}

/** The texts of one request, by slot: a text, or names and values or repeated values in a list. */
export type Gathered = (string | string[] | undefined)[];

/** Keeps one decoded pair. False where a parameter that may stand once stands twice: readers differ over which one counts (parameter pollution). */
export function gather(gathered: Gathered, slot: Slot, name: string, value: string): boolean {
  const { index, kind } = slot;
  const before = gathered[index];
  if (kind === 'single') {
    if (before !== undefined) return false;
    gathered[index] = value;
    return true;
  }
  const texts = before as string[] | undefined;
  if (kind === 'repeated') {
    if (texts === undefined) gathered[index] = [value];
    else texts.push(value);
    return true;
  }
  const member = kind === 'brackets' ? name.slice(slot.parameter.name.length) : name;
  if (texts === undefined) gathered[index] = [member, value];
  else texts.push(member, value);
  return true;
}

/** Checks what was gathered for every slot. */
export function checkGathered(table: SlotTable, gathered: Gathered, errors: FieldError[]): void {
  for (const slot of table.slots) {
    const texts = gathered[slot.index];
    if (texts === undefined) {
      if (slot.parameter.required) errors.push(missing(slot.parameter));
      continue;
    }
    const found = checkSlot(slot, texts);
    if (found !== null) errors.push(...found);
  }
}

export function missing(parameter: Parameter): FieldError {
  return fieldError(
    placeOf(parameter),
    parameter.name,
    'required',
    'is required',
    `${parameter.file}#${parameter.pointer}`,
  );
}

export function sentTwice(parameter: Parameter): FieldError {
  return fieldError(
    placeOf(parameter),
    parameter.name,
    'duplicate',
    'must be sent once',
    `${parameter.file}#${parameter.pointer}`,
  );
}

function checkSlot(slot: Slot, texts: string | string[]): readonly FieldError[] | null {
  const { check, parameter } = slot;
  if (typeof texts === 'string') return texts === '' && parameter.allowEmptyValue ? null : check.text(texts);
  if (slot.kind === 'spread') return check.members(texts);
  if (slot.kind === 'brackets') return check.brackets(texts);
  if (parameter.allowEmptyValue && texts.length === 1 && texts[0] === '') return null;
  const found = check.items(texts);
  // One text under a schema that allows more than arrays (`anyOf: [string, array]`) may be the scalar.
  if (found === null || texts.length > 1 || (check.types & ~ARRAY) === 0) return found;
  return check.text(texts[0] as string);
}
