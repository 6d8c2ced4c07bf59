import type { FieldError } from '../../verdict/denial.ts';
import type { Header, Parameter } from '../../openapi/model.ts';
import type { JsonBounds, SchemaCompiler } from '../../schema/schema-compiler.ts';
import { checkFieldValue, trimField } from './header-parameters.ts';
import { compileParameterCheck, type ParameterCheck } from './parameter-check.ts';
import { fieldError } from './field-errors.ts';
import { ARRAY } from './type-guide.ts';

/** A response header that the document declares. */
export interface DeclaredHeader {
  readonly name: string;
  readonly required: boolean;
  readonly list: boolean;
  readonly schema: string;
  readonly check: ParameterCheck;
}

/** Compiles a declared response header, style `simple` (OpenAPI 3.1, 4.8.21). `Content-Type` is to be ignored there: null. */
export function compileDeclaredHeader(
  header: Header,
  schemas: SchemaCompiler,
  bounds: JsonBounds,
): DeclaredHeader | null {
  if (header.name.toLowerCase() === 'content-type') return null;
  const parameter: Parameter = {
    ...header,
    in: 'header',
    style: 'simple',
    deprecated: false,
    allowReserved: false,
    allowEmptyValue: false,
    extensions: {},
  };
  const check = compileParameterCheck(parameter, schemas, bounds, 'response');
  const list = (check.types & ARRAY) !== 0 || header.name.toLowerCase() === 'set-cookie';
  return {
    name: header.name.toLowerCase(),
    required: header.required,
    list,
    schema: `${header.file}#${header.pointer}`,
    check,
  };
}

/** Checks the declared headers of an answer, given the values that came, by name in lower case. */
export function checkDeclaredHeaders(
  declared: readonly DeclaredHeader[],
  values: ReadonlyMap<string, readonly string[]>,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const header of declared) {
    const lines = values.get(header.name);
    if (lines === undefined) {
      if (header.required) errors.push(fieldError('header', header.name, 'required', 'is required', header.schema));
    } else if (lines.length > 1 && !header.list) {
      errors.push(fieldError('header', header.name, 'duplicate', 'must be sent once', header.schema));
    } else if (header.name === 'set-cookie') {
      // Lines of Set-Cookie are never joined (RFC 6265, section 3).
      for (const line of lines) errors.push(...(checkFieldValue(header.check, header.name, trimField(line)) ?? []));
    } else {
      errors.push(...(checkFieldValue(header.check, header.name, lines.map(trimField).join(',')) ?? []));
    }
  }
  return errors;
}
