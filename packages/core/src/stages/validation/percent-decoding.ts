import { plusAsSpace } from './plus-as-space.ts';

/**
 * Decodes percent-encoding exactly once (RFC 3986, section 2.1). Null where a `%` is not followed by two hex digits or the bytes
 * are not UTF-8: overlong forms and surrogates are refused too, since readers differ over them.
 * With `plusIsSpace`, a `+` is a space, as in `application/x-www-form-urlencoded`.
 */
export function decodePercent(text: string, plusIsSpace: boolean): string | null {
  const spaced = plusIsSpace ? plusAsSpace(text) : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}
