import { isObject, type JsonValue } from '../json/json-value.ts';
import { compilePattern, PatternError } from './pattern/linear-pattern.ts';

const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

const isNumber = (value: JsonValue): boolean => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: JsonValue): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isBoolean = (value: JsonValue): boolean => typeof value === 'boolean';
const isStrings = (value: JsonValue): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isSchema = (value: JsonValue): boolean => isObject(value) || typeof value === 'boolean';
const isSchemas = (value: JsonValue): boolean => Array.isArray(value) && value.length > 0 && value.every(isSchema);
const isSchemaMap = (value: JsonValue): boolean => isObject(value) && Object.values(value).every(isSchema);
const isType = (value: JsonValue): boolean =>
  TYPES.has(value) ||
  (Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => TYPES.has(item)) &&
    new Set(value).size === value.length);

type Shape = readonly [expected: string, test: (value: JsonValue) => boolean];

const NUMBER: Shape = ['a number', isNumber];
const COUNT: Shape = ['a whole number that is not negative', isCount];
const SCHEMA: Shape = ['a schema', isSchema];
const SCHEMAS: Shape = ['a list of at least one schema', isSchemas];
const SCHEMA_MAP: Shape = ['a map of schemas', isSchemaMap];
const STRINGS: Shape = ['a list of names', isStrings];

/** What the value of each keyword of JSON Schema 2020-12 has to look like; a keyword that is not here is no rule for a value. */
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  [
    'type',
    [
      'a type of JSON Schema (null, boolean, object, array, number, string, integer) or a list of different ones',
      isType,
    ],
  ],
  ['enum', ['a list', (value) => Array.isArray(value)]],
  ['const', ['a value', () => true]],
  ['multipleOf', ['a number above 0', (value) => isNumber(value) && (value as number) > 0]],
  ['maximum', NUMBER],
  ['exclusiveMaximum', NUMBER],
  ['minimum', NUMBER],
  ['exclusiveMinimum', NUMBER],
  ['maxLength', COUNT],
  ['minLength', COUNT],
  ['pattern', ['a text', (value) => typeof value === 'string']],
  ['format', ['a text', (value) => typeof value === 'string']],
  ['maxItems', COUNT],
  ['minItems', COUNT],
  ['uniqueItems', ['true or false', isBoolean]],
  ['maxContains', COUNT],
  ['minContains', COUNT],
  ['maxProperties', COUNT],
  ['minProperties', COUNT],
  ['required', STRINGS],
  [
    'dependentRequired',
    ['a map of lists of names', (value) => isObject(value) && Object.values(value).every(isStrings)],
  ],
  ['allOf', SCHEMAS],
  ['anyOf', SCHEMAS],
  ['oneOf', SCHEMAS],
  ['not', SCHEMA],
  ['if', SCHEMA],
  ['then', SCHEMA],
  ['else', SCHEMA],
  ['dependentSchemas', SCHEMA_MAP],
  ['prefixItems', SCHEMAS],
  ['items', SCHEMA],
  ['contains', SCHEMA],
  ['properties', SCHEMA_MAP],
  ['patternProperties', SCHEMA_MAP],
  ['additionalProperties', SCHEMA],
  ['propertyNames', SCHEMA],
  ['unevaluatedItems', SCHEMA],
  ['unevaluatedProperties', SCHEMA],
]);

/** True for a keyword that is a rule for values. */
export function isRule(keyword: string): boolean {
  return SHAPES.has(keyword);
}

/** What is wrong with the value of a keyword; null where nothing is. Patterns are compiled, so that a bad one is found before any traffic. */
export function shapeProblem(keyword: string, value: JsonValue): string | null {
  const shape = SHAPES.get(keyword);
  if (shape === undefined) return null;
  if (!shape[1](value)) return `"${keyword}" must be ${shape[0]}`;
  if (keyword === 'pattern') return patternProblem(keyword, value as string);
  if (keyword !== 'patternProperties') return null;
  for (const pattern of Object.keys(value as object)) {
    const problem = patternProblem(keyword, pattern);
    if (problem !== null) return problem;
  }
  return null;
}

function patternProblem(keyword: string, pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return `"${keyword}": ${error.message}`;
    throw error;
  }
}
