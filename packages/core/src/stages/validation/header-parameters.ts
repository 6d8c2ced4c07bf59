import type { FieldError } from '../../verdict/denial.ts';
import type { Parameter } from '../../openapi/model.ts';
import { fieldError } from './field-errors.ts';
import type { ParameterCheck } from './parameter-check.ts';
import { missing, sentTwice } from './slots.ts';
import { ARRAY } from './type-guide.ts';

/** Declared by other means: parameters of these names are to be ignored (OpenAPI 3.1, 4.8.12.1). */
const IGNORED = new Set(['accept', 'content-type', 'authorization']);

interface HeaderSlot {
  readonly index: number;
  readonly parameter: Parameter;
  readonly check: ParameterCheck;
}

export interface HeaderRule {
  readonly slots: readonly HeaderSlot[];
  readonly byName: ReadonlyMap<string, HeaderSlot>;
  /** Lengths of the names, as bits: most headers are told apart without being lowercased. */
  readonly lengths: Uint8Array;
}

/** Null where no header is declared. */
export function compileHeaderParameters(
  parameters: readonly Parameter[],
  compile: (parameter: Parameter) => ParameterCheck,
): HeaderRule | null {
  const declared = parameters.filter((parameter) => !IGNORED.has(parameter.name.toLowerCase()));
  if (declared.length === 0) return null;
  const slots = declared.map((parameter, index) => ({ index, parameter, check: compile(parameter) }));
  const byName = new Map(slots.map((slot) => [slot.parameter.name.toLowerCase(), slot]));
  const lengths = new Uint8Array(256);
  for (const name of byName.keys()) lengths[name.length & 255] = 1;
  return { slots, byName, lengths };
}

/**
 * Checks declared request headers; names are compared without case (RFC 9110, section 5.1) and values are not percent-decoded.
 * One that is no array and stands twice is refused; lines of an array are joined in order (RFC 9110, section 5.3).
 */
export function checkHeaderParameters(rule: HeaderRule, rawHeaders: readonly string[], errors: FieldError[]): void {
  const values: (string | undefined)[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as string;
    if (rule.lengths[raw.length & 255] === 0) continue;
    const slot = rule.byName.get(raw.toLowerCase());
    if (slot === undefined) continue;
    const value = trimField(rawHeaders[index + 1] as string);
    const before = values[slot.index];
    if (before === undefined) values[slot.index] = value;
    else if ((slot.check.types & ARRAY) !== 0) values[slot.index] = `${before},${value}`;
    else errors.push(sentTwice(slot.parameter));
  }
  for (const slot of rule.slots) {
    const value = values[slot.index];
    if (value === undefined) {
      if (slot.parameter.required) errors.push(missing(slot.parameter));
      continue;
    }
    const found = checkFieldValue(slot.check, slot.parameter.name, value);
    if (found !== null) errors.push(...found);
  }
}

/** Only ASCII has one meaning in a header: other bytes are read as Latin-1 by some and as UTF-8 by others (RFC 9110, section 5.5). */
export function checkFieldValue(check: ParameterCheck, name: string, value: string): readonly FieldError[] | null {
  if (/[^\t\x20-\x7e]/.test(value)) return [fieldError('header', name, 'syntax', 'must be ASCII')];
  return check.text(value);
}

/** Takes off optional white space, and only that (RFC 9110, section 5.6.3). */
export function trimField(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return end - start === value.length ? value : value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
