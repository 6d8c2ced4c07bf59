import { foldCase } from '../json/fold-case.ts';
import type { Place } from '../policy/place.ts';
import { editDistance, suggestName } from '../policy/suggest-name.ts';

/** A name that means nothing, and what may have been meant. */
export interface UnknownName {
  readonly place: Place;
  readonly message: string;
  readonly near: string | null;
  /** What else helps where none is near. */
  readonly hint?: string | null;
}

/** The name that was most likely meant, where that is one slip away, or two in a long one. Others may be meant for what turns up undeclared: `passwordHash` beside `password`. */
export function slipOf(text: string, names: Iterable<string>): string | null {
  const near = suggestName(text, names);
  return near !== null && editDistance(foldCase(text), foldCase(near)) <= (text.length < 9 ? 1 : 2) ? near : null;
}
