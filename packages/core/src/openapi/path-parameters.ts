import type { DocumentReading } from './document-reading.ts';
import type { Parameter } from './model.ts';
import type { OperationSlot } from './operation-slot.ts';

/**
 * Holds path parameters and template together. One reading is right for each mismatch, so each is a warning: an expression without a
 * parameter is a required string, a parameter without an expression can never be sent and is left out, and a path parameter is required.
 */
export function completePathParameters(
  reading: DocumentReading,
  slot: OperationSlot,
  parameters: readonly Parameter[],
): readonly Parameter[] {
  const kept = parameters.flatMap((parameter): readonly Parameter[] => {
    if (parameter.in !== 'path') return [parameter];
    if (!slot.template.names.includes(parameter.name)) {
      reading.warn(
        'DOCUMENT_PARAMETER_UNUSED',
        parameter,
        `the path ${slot.path} has no expression {${parameter.name}}; the parameter is left out`,
      );
      return [];
    }
    if (parameter.required) return [parameter];
    reading.warn(
      'DOCUMENT_PARAMETER_INVALID',
      parameter,
      `the path parameter ${parameter.name} must say \`required: true\`; it is read so`,
    );
    return [{ ...parameter, required: true }];
  });
  const undeclared = new Set(
    slot.template.names.filter((name) => !kept.some((parameter) => parameter.in === 'path' && parameter.name === name)),
  );
  for (const name of undeclared) {
    reading.warn(
      'DOCUMENT_PARAMETER_UNDECLARED',
      slot.operation,
      `the path's {${name}} has no parameter; it is read as a required string`,
      `Declare it: \`{ name: ${name}, in: path, required: true, schema: { type: string } }\`.`,
    );
    kept.push(undeclaredParameter(reading, slot, name));
  }
  return kept;
}

function undeclaredParameter(reading: DocumentReading, slot: OperationSlot, name: string): Parameter {
  const { file, pointer } = slot.operation;
  return {
    file,
    pointer,
    name,
    in: 'path',
    required: true,
    deprecated: false,
    style: 'simple',
    explode: false,
    allowReserved: false,
    allowEmptyValue: false,
    schema: reading.madeSchema(slot.operation, { type: 'string' }),
    content: null,
    extensions: {},
  };
}
