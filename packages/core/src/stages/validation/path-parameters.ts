import type { FieldError } from '../../verdict/denial.ts';
import type { Operation, Parameter } from '../../openapi/model.ts';
import { fieldError } from './field-errors.ts';
import type { ParameterCheck } from './parameter-check.ts';
import { decodePercent } from './percent-decoding.ts';

/** One expression of the path template; `check` is null where no parameter declares it. */
export interface PathSlot {
  readonly name: string;
  readonly schema: string | null;
  readonly check: ParameterCheck | null;
}

/** Path parameters in the template's order: the order of `exchange.pathValues`. */
export function compilePathParameters(
  operation: Operation,
  compile: (parameter: Parameter) => ParameterCheck,
): readonly PathSlot[] {
  return [...operation.path.matchAll(/\{([^{}]*)\}/g)].map((expression) => {
    const name = expression[1] as string;
    const parameter = operation.parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined
      ? { name, schema: null, check: null }
      : { name, schema: `${parameter.file}#${parameter.pointer}`, check: compile(parameter) };
  });
}

/** Checks the percent-encoded values of the template's expressions. An empty value is a missing one: path parameters are always required. */
export function checkPathParameters(slots: readonly PathSlot[], values: readonly string[], errors: FieldError[]): void {
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index] as PathSlot;
    if (slot.check === null) continue;
    const raw = values[index];
    if (raw === undefined || raw === '') {
      errors.push(fieldError('path', slot.name, 'required', 'is required', slot.schema));
      continue;
    }
    const text = decodePercent(raw, false);
    if (text === null) {
      errors.push(fieldError('path', slot.name, 'syntax', 'must be UTF-8, percent-encoded once', slot.schema));
      continue;
    }
    const found = slot.check.text(text);
    if (found !== null) errors.push(...found);
  }
}
