import type { MediaType, Operation } from '../../openapi/model.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { parseMediaRange } from '../validation/media-range.ts';
import type { BodyPlaces } from './body-places.ts';
import type { AnswerPlaces } from './data-index.ts';

/** Declared types in which something is marked and properties cannot be told apart, for `check`: what is silent about them would be taken for safety. */
export function unreadRanges(content: readonly MediaType[], places: BodyPlaces | null): string[] {
  if (places === null) return [];
  return content.flatMap(({ range }) => {
    const parsed = parseMediaRange(range)?.range ?? null;
    const format = parsed === null ? null : bodyFormat(parsed);
    const unread = format === 'xml' || format === 'event-stream';
    return unread && places.select(parsed) !== null ? [range] : [];
  });
}

/** The same of an operation's answers. */
export function unreadAnswers(operation: Operation, places: AnswerPlaces | null): string[] {
  if (places === null) return [];
  const ranges = operation.responses.flatMap(({ status, content }) =>
    unreadRanges(content, places.stated.get(status.toUpperCase()) ?? null),
  );
  return [...new Set(ranges)];
}
