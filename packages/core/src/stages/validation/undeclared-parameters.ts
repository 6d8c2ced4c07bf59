import type { FieldError } from '../../verdict/denial.ts';
import type { SlotTable } from './slots.ts';
import { fieldError } from './field-errors.ts';

/** A name that a person would give a parameter: anything else may be a value that lost its name, and is not repeated. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.[\]-]{0,31}$/;

/** The error for a name that the operation does not declare. Tells what it does declare, which is public anyway. */
export function undeclaredError(place: 'query' | 'cookie', name: string | null, table: SlotTable): FieldError {
  const declared = [...table.byName.keys(), ...table.byBracket.keys()].slice(0, 20);
  const message =
    declared.length === 0
      ? 'is not declared; the operation takes none'
      : `is not declared; the operation takes ${declared.join(', ')}`;
  return fieldError(place, name !== null && NAME.test(name) ? name : null, 'undeclared', message);
}
