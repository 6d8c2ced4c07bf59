import type { Operation } from '@sallyport/core';

const MAX_SEGMENTS = 16;
/** A segment that reads like a name: letters with few digits. Everything else may be an id, a token or a person. */
const NAME = /^[A-Za-z]{1,24}\d{0,3}([._-][A-Za-z]{1,24}\d{0,3}){0,3}$/;

/**
 * The path of an access record as it may be written down: the template of the operation, whose expressions stand for the
 * values; where nothing matched, the segments that read like names, with `*` for the rest, 16 at most.
 */
export function maskedPath(path: string, operation: Operation | null): string {
  if (operation !== null) return operation.path;
  if (path === '') return '';
  const segments = path.slice(1, 513).split('/');
  const masked = segments
    .slice(0, MAX_SEGMENTS)
    .map((segment) => (segment === '' || NAME.test(segment) ? segment : '*'));
  return `/${masked.join('/')}${segments.length > MAX_SEGMENTS ? '/*' : ''}`;
}
