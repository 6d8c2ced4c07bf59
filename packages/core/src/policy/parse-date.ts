import type { Parsed } from './units.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads an RFC 3339 date or date-time into epoch milliseconds. A date alone is midnight UTC. Days that a month does not have,
 * times without an offset and years outside 1970 to 9999 are refused.
 */
export function parseDate(text: string): Parsed<number> {
  const match = DATE.exec(text);
  const epochMs = match === null ? Number.NaN : Date.parse(text);
  const calendarDay = match === null ? Number.NaN : Date.parse(`${match[1]}-${match[2]}-${match[3]}`);
  // Date.parse moves 31 April to 1 May; the policy must mean what it says.
  const exact = Number.isFinite(calendarDay) && new Date(calendarDay).toISOString().startsWith(text.slice(0, 10));
  if (!Number.isFinite(epochMs) || !exact || epochMs < 0) {
    return {
      ok: false,
      message: 'expected a date',
      hint: 'Write a day as 2030-12-31 (midnight UTC) or a moment as 2030-12-31T12:00:00Z.',
    };
  }
  return { ok: true, value: epochMs };
}
