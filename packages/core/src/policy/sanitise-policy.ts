import type { Selectors } from './data-selectors.ts';
import type { Place } from './place.ts';

/** What texts may hold, and what becomes of what they may not. */
export interface SanitisePolicy {
  /** Texts that the policy names, beside those that the document marks. */
  readonly texts: ReadonlyMap<'html' | 'plain' | 'escaped', Selectors>;
  /** What the policy calls them, with where it does: to be held against the document. */
  readonly fields?: readonly { readonly text: string; readonly place: Place }[];
  /** What becomes of markup in a text of a request that must not hold any. */
  readonly plain: 'refuse' | 'escape';
  /** Whether texts of answers are cleaned too: those that were stored before. */
  readonly answers: 'clean' | 'pass';
  /** Schemes that no address may have, in lower case. */
  readonly forbiddenSchemes: ReadonlySet<string>;
  /** What becomes of cells that a spreadsheet would calculate. */
  readonly csv: { readonly uploads: 'refuse' | 'neutralise' | 'pass'; readonly answers: 'neutralise' | 'pass' };
}

export const DEFAULT_SANITISE_POLICY: SanitisePolicy = Object.freeze({
  texts: new Map(),
  plain: 'refuse',
  answers: 'clean',
  forbiddenSchemes: new Set(['javascript', 'vbscript', 'data']),
  csv: Object.freeze({ uploads: 'refuse', answers: 'neutralise' }),
});
