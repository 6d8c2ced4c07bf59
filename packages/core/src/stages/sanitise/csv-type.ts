import type { MediaType } from '../../openapi/model.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';

const CSV = new Set(['text/csv', 'application/csv', 'text/x-csv', 'application/x-csv', 'text/tab-separated-values']);

/** Whether a body is a table that a spreadsheet opens. */
export function isCsv(type: ParsedMediaType | null): boolean {
  return type !== null && CSV.has(type.essence);
}

/** Whether one of the declared types is such a table, or could be. */
export function mayBeCsv(content: readonly MediaType[]): boolean {
  return content.some(({ range }) => CSV.has((range.split(';')[0] ?? '').trim()) || range.includes('*'));
}

/** Whether a body of the declared types may have tables in its parts. */
export function mayHaveTables(content: readonly MediaType[]): boolean {
  return content.some(({ range }) => /^(?:multipart|\*)\//i.test(range.trim()));
}
