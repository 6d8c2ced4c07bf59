import type { Owners } from './owner-facts.ts';

/** What came of asking whose an object is. `askedMs` is when the question was sent. */
export type OwnerAnswer =
  | { readonly state: 'found'; readonly owners: Owners; readonly askedMs: number }
  | { readonly state: 'missing'; readonly askedMs: number }
  /** An answer that does not say it; `why` is for the operator. */
  | { readonly state: 'unknown'; readonly why: string; readonly askedMs: number }
  /** No answer: nothing is known of any object. */
  | { readonly state: 'failed'; readonly why: string; readonly askedMs: number };
