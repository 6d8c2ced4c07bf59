import type { Operation } from '@sallyport/core';

const MAX_SEGMENTS = 16;
/** A segment that reads like a name: letters with few digits. Everything else may be an id, a token or a person. */
const NAME = /^[A-Za-z]{1,24}\d{0,3}([._-][A-Za-z]{1,24}\d{0,3}){0,3}$/;

/** A template with the base path that the request came by: what the client asked for is one path, whether or not something matched. */
export function templateOf({ basePaths, path: template }: Operation, path: string): string {
  let base = basePaths[0] ?? '';
  if (basePaths.length > 1)
    for (const one of basePaths)
      if (path.startsWith(`${one}/`) && (one.length > base.length || !path.startsWith(`${base}/`))) base = one;
  return base + template;
}

/**
 * The path of an access record as it may be written down: the template of the operation, whose expressions stand for the
 * values; where nothing matched, the segments that read like names, with `*` for the rest, 16 at most.
 */
export function maskedPath(path: string, operation: Operation | null): string {
  if (operation !== null) return templateOf(operation, path);
  if (path === '') return '';
  const segments = path.slice(1, 513).split('/');
  const masked = segments
    .slice(0, MAX_SEGMENTS)
    .map((segment) => (segment === '' || NAME.test(segment) ? segment : '*'));
  return `/${masked.join('/')}${segments.length > MAX_SEGMENTS ? '/*' : ''}`;
}
