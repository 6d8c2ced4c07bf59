import { createMultipleOf } from '../json/multiple-of.ts';
import { NUMBER_FORMATS, STRING_FORMATS } from './formats/formats.ts';
import type { SchemaNode } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import { counted, shorten } from './schema-messages.ts';
import { codePoints } from './value-kinds.ts';

/** Told of each keyword that does not hold. */
export type ReportFailure = (keyword: string, message: string) => void;

/** What `minLength`, `maxItems` and their like count. */
const COUNTED = {
  Length: ['character', 'characters'],
  Items: ['item', 'items'],
  Properties: ['property', 'properties'],
} as const;

/** `min…` and `max…` of what can be counted. */
export function checkCount(schema: SchemaNode, count: number, what: keyof typeof COUNTED, report: ReportFailure): void {
  const [one, several] = COUNTED[what];
  const least = schema[`min${what}`];
  const most = schema[`max${what}`];
  if (typeof least === 'number' && count < least)
    report(`min${what}`, `must have at least ${counted(least, one, several)}`);
  if (typeof most === 'number' && count > most)
    report(`max${what}`, `must have at most ${counted(most, one, several)}`);
}

/** The keywords of strings (2020-12 validation, 6.3 and 7). */
export function checkText(
  schema: SchemaNode,
  text: string,
  pattern: (source: string) => LinearPattern,
  report: ReportFailure,
): void {
  const { minLength, maxLength, pattern: source, format } = schema;
  if (minLength !== undefined || maxLength !== undefined) checkCount(schema, codePoints(text), 'Length', report);
  if (typeof source === 'string') {
    const compiled = pattern(source);
    if (compiled.maxChars !== null && text.length > compiled.maxChars)
      report('pattern', `must have at most ${compiled.maxChars} characters for its pattern to be checked`);
    else if (!compiled.test(text)) report('pattern', `must match the pattern ${shorten(source)}`);
  }
  if (typeof format === 'string' && STRING_FORMATS.get(format)?.(text) === false)
    report('format', `must be in the format "${format}"`);
}

/** The keywords of numbers (2020-12 validation, 6.2 and 7). */
export function checkNumber(schema: SchemaNode, number: number, report: ReportFailure): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = schema;
  if (typeof minimum === 'number' && number < minimum) report('minimum', `must be at least ${minimum}`);
  if (typeof maximum === 'number' && number > maximum) report('maximum', `must be at most ${maximum}`);
  if (typeof exclusiveMinimum === 'number' && number <= exclusiveMinimum)
    report('exclusiveMinimum', `must be more than ${exclusiveMinimum}`);
  if (typeof exclusiveMaximum === 'number' && number >= exclusiveMaximum)
    report('exclusiveMaximum', `must be less than ${exclusiveMaximum}`);
  if (typeof multipleOf === 'number' && !createMultipleOf(multipleOf)(number))
    report('multipleOf', `must be a multiple of ${multipleOf}`);
  if (typeof format === 'string' && NUMBER_FORMATS.get(format)?.(number) === false)
    report('format', `must be in the format "${format}"`);
}
