import { foldCase } from '../../json/fold-case.ts';

/** What frameworks read as another method (Rails, Laravel, Symfony) or charset (HTML) than the request's own. */
const OVERRIDES = ['_method', '_charset_'];

/**
 * Declared names of fields or query parameters, to find an undeclared one that some reader takes for one of them. ASP.NET ignores case; PHP leaves
 * out blanks before a name and what follows a bracket or a NUL, and makes `_` of dots and blanks: to it `ROLE` is not `role`, but `+role` and `role[]` are.
 * `_method` and `_charset_` are not taken for a declared name but for something else that was checked.
 */
export class LooseNames {
  readonly #loose: ReadonlySet<string>;

  constructor(declared: Iterable<string>) {
    this.#loose = new Set([...declared, ...OVERRIDES].map(looseName));
  }

  /** Whether a name that is none of the declared could be taken for one. */
  has(name: string): boolean {
    return this.#loose.has(looseName(name));
  }
}

/** A name as such a reader could take it. */
export function looseName(name: string): string {
  const trimmed = name.trim();
  // A bracket at the beginning opens nothing.
  const end = trimmed.slice(1).search(/[[\0]/);
  return foldCase(end < 0 ? trimmed : trimmed.slice(0, end + 1)).replaceAll(/[. ]/g, '_');
}
