import type { FieldError } from '../../verdict/denial.ts';
import type { Parameter } from '../../openapi/model.ts';
import type { SchemaIssue } from '../../schema/schema-compiler.ts';
import type { Undecodable } from './undecodable.ts';

/** A denial lists at most this many places; the rest would only cost. */
export const MAX_FIELD_ERRORS = 20;

type Place = FieldError['in'];

/** The place of a parameter, where a `querystring` parameter counts as the query. */
export function placeOf(parameter: Parameter): Place {
  return parameter.in === 'querystring' ? 'query' : parameter.in;
}

/** Issues of a schema as errors of the message, at most `MAX_FIELD_ERRORS`. */
export function toFieldErrors(
  place: Place,
  name: string | null,
  issues: readonly SchemaIssue[],
): readonly FieldError[] {
  return issues.slice(0, MAX_FIELD_ERRORS).map((issue) => ({
    in: place,
    name,
    pointer: issue.pointer,
    schema: issue.schema,
    keyword: issue.keyword,
    message: issue.message,
  }));
}

/** One error that no schema keyword found: `missing`, `duplicate`, `undeclared`, broken syntax. */
export function fieldError(
  place: Place,
  name: string | null,
  keyword: string,
  message: string,
  schema: string | null = null,
  pointer = '',
): FieldError {
  return { in: place, name, pointer, schema, keyword, message };
}

export function undecodableError(
  place: Place,
  name: string | null,
  problem: Undecodable,
  schema: string | null,
): FieldError {
  return fieldError(place, name, problem.keyword, problem.message, schema, problem.pointer);
}
